//! The document about conditions names everything that there is.

use pushcart::condition::presets::named;
use pushcart::pricing::Reason;
use pushcart::wire::condition;

#[test]
fn every_key_preset_field_and_reason_is_documented() {
    let path = pushcart_tests::file("../CONDITIONS.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let keys = pushcart::rule::keys().map(|(key, _)| *key);
    let presets = named::PRESETS.iter().map(|(name, _)| *name);
    let fields = condition::FIELDS.iter().copied();
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    for name in keys.chain(presets).chain(fields).chain(reasons) {
        assert!(text.contains(&format!("`{name}`")), "{name} is not in CONDITIONS.md");
    }
}
