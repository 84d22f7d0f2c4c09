//! Where values come from: the file, the environment, the flags; a later one wins.
//!
//! All mistakes are collected before the start is refused, because whoever mends a file wants to
//! mend it once. Each names its place: file and line, variable, or flag.

use super::kind::{Kind, Value};
use super::table::{self, SETTINGS, Setting};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use toml_edit::{Item, TableLike};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A line of a file.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File { path, line } => write!(f, "{}:{line}", path.display()),
            Source::Variable(name) | Source::Flag(name) => f.write_str(name),
        }
    }
}

/// A setting, what it is now, and who said so.
#[derive(Clone, Debug)]
pub struct Effective {
    /// Which setting.
    pub setting: &'static Setting,
    /// Its value.
    pub value: Value,
    /// Who said so.
    pub source: Source,
}

/// What is wrong with the settings: one line each, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// What the settings are read from. The process's own are put in by the command line; tests put in
/// theirs.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that a flag names. It must be there.
    pub file: Option<PathBuf>,
    /// The variables of the environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Values from flags: key, value, and the flag's name.
    pub flags: Vec<(String, String, String)>,
}

/// The file that is read when nothing names one, if it is there.
pub const FILE: &str = "pushcart.toml";
/// The variable that names the file.
pub const FILE_VARIABLE: &str = "PUSHCART_CONFIG";

/// What was gathered.
pub(super) struct Gathered {
    /// The values that somebody set.
    pub set: BTreeMap<&'static str, (Value, Source)>,
    /// What is not wrong but worth a word.
    pub warnings: Vec<String>,
}

impl Sources {
    pub(super) fn gather(&self) -> Result<Gathered, Mistakes> {
        let mut gathering = Gathering { set: BTreeMap::new(), warnings: Vec::new(), mistakes: Vec::new() };
        let variable = self.variable(FILE_VARIABLE).map(PathBuf::from);
        let named = self.file.clone().or(variable);
        let path = named.clone().unwrap_or_else(|| FILE.into());
        match std::fs::read(&path) {
            Ok(bytes) => gathering.file(&path, &bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {}
            Err(error) => {
                gathering.mistakes.push(format!("{}: expected a file of settings, found: {error}", path.display()))
            }
        }
        gathering.environment(&self.environment);
        for (key, text, flag) in &self.flags {
            gathering.flag(key, text, flag);
        }
        if gathering.mistakes.is_empty() {
            Ok(Gathered { set: gathering.set, warnings: gathering.warnings })
        } else {
            Err(Mistakes(gathering.mistakes))
        }
    }

    fn variable(&self, name: &str) -> Option<&OsString> {
        self.environment.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
    }
}

struct Gathering {
    set: BTreeMap<&'static str, (Value, Source)>,
    warnings: Vec<String>,
    mistakes: Vec<String>,
}

impl Gathering {
    fn file(&mut self, path: &Path, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.mistakes.push(format!("{}: expected UTF-8 text, found other bytes", path.display()));
            return;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = File { path, text };
        match toml_edit::Document::parse(text) {
            Ok(document) => self.table(&file, "", document.as_table()),
            Err(error) => {
                let line = error.span().map_or(1, |span| file.line(span.start));
                self.mistakes.push(format!(
                    "{}:{line}: {}",
                    path.display(),
                    error.message().trim().replace('\n', "; ")
                ));
            }
        }
    }

    fn table(&mut self, file: &File<'_>, prefix: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
            let line = span.map_or(1, |span| file.line(span.start));
            let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            let place = format!("{}:{line}", file.path.display());
            match (table::find(&key), item.as_table_like()) {
                (Some(setting), _) => {
                    let source = Source::File { path: file.path.to_owned(), line };
                    let value = typed(setting.kind, item).map_err(|found| setting.kind.refusal(&found));
                    match value {
                        Ok(_) if self.set.contains_key(setting.key) => {
                            self.mistakes
                                .push(format!("{place}: {key}: {} is set twice, under two of its names", setting.key));
                        }
                        Ok(value) => {
                            self.set.insert(setting.key, (value, source));
                        }
                        Err(refusal) => self.mistakes.push(format!("{place}: {key}: {refusal}")),
                    }
                }
                (None, Some(inner)) => self.table(file, &key, inner),
                (None, None) => self.mistakes.push(format!("{place}: {}", unknown(&key))),
            }
        }
    }

    fn environment(&mut self, variables: &[(OsString, OsString)]) {
        let mut left: Vec<&OsString> = variables
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("PUSHCART_"))
            .collect();
        left.retain(|name| *name != FILE_VARIABLE);
        let mut found = BTreeMap::new();
        for setting in SETTINGS {
            let mut said: Option<(String, String)> = None;
            let own = setting.variable();
            for name in std::iter::once(own.as_str()).chain(setting.environment.iter().copied()) {
                let Some((_, value)) = variables.iter().find(|(key, _)| key == name) else { continue };
                left.retain(|key| *key != name);
                // Compose files pass on variables that nobody set as empty ones.
                if value.is_empty() {
                    continue;
                }
                let Some(text) = value.to_str() else {
                    self.mistakes.push(format!("{name}: expected UTF-8 text, found other bytes"));
                    continue;
                };
                match &said {
                    Some((other, value)) if value != text => {
                        self.mistakes
                            .push(format!("{other} and {name}: both set {}, and differ; keep one", setting.key));
                    }
                    Some(_) => {}
                    None => said = Some((name.to_owned(), text.to_owned())),
                }
            }
            let Some((name, text)) = said else { continue };
            match setting.kind {
                // The environment may be shared with the application that a shop comes from.
                Kind::NotYet(part) => {
                    self.warnings
                        .push(format!("{name} has no effect: it belongs to {part}, which this version does not have"));
                }
                kind => match kind.read(&text) {
                    Ok(value) => {
                        found.insert(setting.key, (value, Source::Variable(name)));
                    }
                    Err(refusal) => self.mistakes.push(format!("{name}: {refusal}")),
                },
            }
        }
        self.set.extend(found);
        for name in left {
            let name = name.to_string_lossy();
            // Kubernetes tells every container of a service named "pushcart" in these words.
            // And this one is for the build: see host/build.rs.
            if name.starts_with("PUSHCART_SERVICE_")
                || name.starts_with("PUSHCART_PORT")
                || ["PUSHCART_COMPONENT", "PUSHCART_SHOP"].contains(&&*name)
            {
                continue;
            }
            let meant = SETTINGS.iter().find(|setting| {
                Some(setting.key) == table::nearest(&name["PUSHCART_".len()..].to_ascii_lowercase())
                    || setting.variable().replace('_', "") == name.replace('_', "")
            });
            let advice = meant.map(|setting| format!("; did you mean {}?", setting.variable())).unwrap_or_default();
            self.mistakes.push(format!(
                "{name}: expected a variable that `pushcart settings --reference` lists, found an unknown one{advice}"
            ));
        }
    }

    fn flag(&mut self, key: &str, text: &str, flag: &str) {
        match table::find(key) {
            None => self.mistakes.push(format!("{flag}: {}", unknown(key))),
            Some(setting) => match setting.kind {
                Kind::NotYet(_) => self.mistakes.push(format!("{flag}: {key}: {}", setting.kind.refusal(text))),
                kind => match kind.read(text) {
                    Ok(value) => {
                        self.set.insert(setting.key, (value, Source::Flag(flag.to_owned())));
                    }
                    // `--storage` says which setting it is; `--set` does not.
                    Err(refusal) if flag.strip_prefix("--") == Some(key) => {
                        self.mistakes.push(format!("{flag}: {refusal}"))
                    }
                    Err(refusal) => self.mistakes.push(format!("{flag}: {key}: {refusal}")),
                },
            },
        }
    }
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|&b| b == b'\n').count() + 1
    }
}

/// A value that TOML gave a type. The error is what was found, for the refusal.
fn typed(kind: Kind, item: &Item) -> Result<Value, String> {
    let table = item.as_table_like().filter(|_| kind == Kind::Providers);
    if let Some(table) = table {
        // The same as in the environment, which has no tables.
        let pairs: Option<Vec<String>> =
            table.iter().map(|(name, url)| Some(format!("{name}={}", url.as_str()?))).collect();
        let text = pairs.ok_or_else(|| "a name without a URL as text".to_owned())?.join(",");
        return kind.check(Value::Text(text.clone())).ok_or(text);
    }
    let value = match item.as_value() {
        Some(toml_edit::Value::Integer(number)) => u64::try_from(*number.value()).ok().map(Value::Number),
        Some(toml_edit::Value::Boolean(switch)) => Some(Value::Switch(*switch.value())),
        Some(toml_edit::Value::String(text)) if matches!(kind, Kind::Seconds { .. }) => {
            (text.value() == "none").then_some(Value::Nothing)
        }
        Some(toml_edit::Value::String(text)) => Some(Value::Text(text.value().clone())),
        _ => None,
    };
    value.and_then(|value| kind.check(value)).ok_or_else(|| match item.as_value() {
        Some(toml_edit::Value::String(text)) => text.value().clone(),
        _ => item.to_string().trim().to_owned(),
    })
}

fn unknown(key: &str) -> String {
    let advice = table::nearest(key).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    format!("expected a setting that `pushcart settings --reference` lists, found {key:?}{advice}")
}
