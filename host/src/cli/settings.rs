//! `pushcart settings`: what holds, and who said so. The printing is the settings' own business.

/// What `settings` takes.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Print the reference of all settings, as Markdown
    #[arg(long)]
    pub(super) reference: bool,
}
