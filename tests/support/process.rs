//! The program itself, as a user starts it.

use crate::file;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The program. It is built when it is not there: its own package's tests always build it, ours only
/// when they run alone.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "pushcart-host", "--bin", "pushcart"])
            .current_dir(file(".."))
            .status()
            .expect("cargo");
        assert!(status.success(), "the program builds");
        let mut path = std::env::current_exe().expect("this test's own path");
        path.pop();
        if path.ends_with("deps") {
            path.pop();
        }
        path.push(format!("pushcart{}", std::env::consts::EXE_SUFFIX));
        path
    })
}

/// A command that runs `script` with file systems of its own: what it mounts nobody else sees, and it
/// is gone with the process. `$0` is the program, `$1` is `directory`.
pub fn with_mounts(script: &str, directory: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", &format!("set -e; {script}")]).arg(binary()).arg(directory);
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

/// A server in a process of its own.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// What it printed before it listened.
    pub greeting: String,
}

impl Process {
    /// Starts `pushcart serve` on a free port with these arguments, and waits until it listens.
    pub fn serve(arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.arg("serve").args(["--listen", "127.0.0.1:0"]).args(arguments);
        Process::listening(command)
    }

    /// Starts a command that ends up as a server, and waits until it listens.
    pub fn listening(mut command: Command) -> Self {
        let mut child = command
            .env("PUSHCART_LOG_LEVEL", "warn")
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let started = Instant::now();
        let mut url = String::new();
        // The last line of the greeting is a command to try.
        while !greeting.contains("curl ") {
            let mut line = String::new();
            let read = lines.read_line(&mut line).expect("its output");
            assert!(read > 0 && started.elapsed() < Duration::from_secs(60), "the server did not start:\n{greeting}");
            greeting.push_str(&line);
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:").filter(|_| url.is_empty()) {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                url = format!("http://127.0.0.1:{port}");
            }
        }
        // Somebody must read on, or a talkative server would wait for us.
        std::thread::spawn(move || for _ in lines.lines() {});
        Process { child, url, greeting }
    }

    /// Ends it by force, as `kill -9` does.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self, at_most: Duration) -> Option<std::process::ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < at_most {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
