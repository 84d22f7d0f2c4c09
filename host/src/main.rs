//! The `pushcart` command.

fn main() -> std::process::ExitCode {
    pushcart_host::cli::main()
}
