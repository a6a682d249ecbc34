//! `--help` of every command.

use crate::support::{coronet, run};
use clap::CommandFactory;
use coronet::cli::Args;

/// The commands below one, each as the words that call it.
fn calls(command: &clap::Command, before: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for below in command.get_subcommands() {
        let mut call = before.to_vec();
        call.push(below.get_name().to_owned());
        all.extend(calls(below, &call));
        all.push(call);
    }
    all
}

#[test]
fn help_of_every_command_shows_an_example_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let calls = calls(&Args::command(), &[]);
    let inspect = ["weights", "inspect"].map(str::to_owned);
    assert!(calls.contains(&inspect.to_vec()), "{calls:?}");
    for call in calls {
        let said = run(coronet(folder.path()).args(&call).arg("--help"), 0);
        let example = said.stdout.split("Example").nth(1);
        let words = format!("coronet {}", call.join(" "));
        let shown = example.is_some_and(|example| example.contains(&words));
        assert!(shown, "{words}: {}", said.stdout);
    }
}
