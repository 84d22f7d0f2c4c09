//! stub until the server lands
use crate::faces::Said;
use pushcart::id::Address;
use pushcart_host::runtime::Runtime;
/// stub
pub struct Server(Runtime);
impl Server {
    /// stub
    pub async fn start(runtime: Runtime) -> Self { Server(runtime) }
    /// stub
    pub async fn send(&self, method: &str, address: &Address, tail: &str, body: Option<&str>) -> Said {
        let a = match (method, tail) {
            ("POST", _) => self.0.change(address, pushcart::service::Request::Change(body.unwrap().into()), Default::default()).await.map(Some),
            (_, "/totals") => self.0.totals(address, None).await.map(Some),
            _ => self.0.show(address).await,
        };
        Ok(a?.map(|a| a.body))
    }
}
