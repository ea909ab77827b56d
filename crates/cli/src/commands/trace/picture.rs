//! A trace as text, and as a Mermaid sequence diagram.

use core::fmt::Write;

use hallpass_core::trace::{AnswerLine, EffectLine, Landing, RecordLine, Trace};

/// A line for each effect, and what came of it below.
pub(super) fn text(trace: &Trace) -> String {
    let began = trace.head.began.mono_ns;
    let mut at = began;
    let mut text = String::new();
    for step in &trace.steps {
        let _ = writeln!(text, "{:>10}  {}", seconds(at, began), asked(&step.effect, at));
        if let EffectLine::Send { headers, body, .. } = &step.effect {
            for (name, value) in headers {
                let _ = writeln!(text, "            > {name}: {value}");
            }
            let _ = writeln!(text, "            > {body}");
        }
        at = step.at.mono_ns;
        let _ = writeln!(text, "{:>10}    {}", seconds(at, began), told(&step.answer));
        if let AnswerLine::Reply { headers, body, .. } = &step.answer {
            for (name, value) in headers {
                let _ = writeln!(text, "            < {name}: {value}");
            }
            let _ = writeln!(text, "            < {body}");
        }
    }
    if let Some(effect) = &trace.end.then {
        let _ = writeln!(text, "{:>10}  {}", seconds(at, began), asked(effect, at));
    }
    let _ = writeln!(text, "{:>10}  {}", seconds(at, began), landed(&trace.end.end));
    if let Some(really) = &trace.end.but_really {
        let _ = writeln!(text, "With the secrets {really}: the placeholders make a difference here.");
    }
    text
}

/// Who speaks with whom.
pub(super) fn mermaid(trace: &Trace) -> String {
    let mut text = "sequenceDiagram\n    participant M as machine\n    participant K as store\n    \
                    participant S as secrets\n    participant T as token endpoint\n"
        .to_owned();
    let mut at = trace.head.began.mono_ns;
    for step in &trace.steps {
        let (asked, told) = (plain(&asked(&step.effect, at)), plain(&told(&step.answer)));
        at = step.at.mono_ns;
        let with = match step.effect {
            EffectLine::Peek { .. } | EffectLine::Lock { .. } | EffectLine::Save { .. } | EffectLine::Unlock => "K",
            EffectLine::Secret { .. } => "S",
            EffectLine::Send { .. } => "T",
            EffectLine::Sleep { .. } => {
                let _ = writeln!(text, "    Note over M: {asked}");
                continue;
            }
        };
        let _ = writeln!(text, "    M->>{with}: {asked}\n    {with}-->>M: {told}");
    }
    let _ = writeln!(text, "    Note over M: {}", plain(&landed(&trace.end.end)));
    text
}

/// Without what Mermaid reads as its own.
fn plain(text: &str) -> String {
    text.replace(';', ",").replace(['#', '\n'], " ")
}

fn seconds(at: u64, began: u64) -> String {
    let passed = at.saturating_sub(began);
    format!("{}.{:03} s", passed / 1_000_000_000, passed / 1_000_000 % 1_000)
}

fn asked(effect: &EffectLine, now: u64) -> String {
    match effect {
        EffectLine::Peek { record } => format!("read the {record}'s record"),
        EffectLine::Lock { lease_ns } => format!("lock it for {}", seconds(*lease_ns, 0)),
        EffectLine::Secret { names } => format!("ask for {}", names.join(", ")),
        EffectLine::Send { exchange, method, url, .. } => format!("{exchange}: {method} {url}"),
        EffectLine::Save { record } => format!("save {}", held(Some(record))),
        EffectLine::Unlock => "give the lock back".into(),
        EffectLine::Sleep { until_ns } => format!("wait for {}", seconds(*until_ns, now)),
    }
}

fn told(answer: &AnswerLine) -> String {
    match answer {
        AnswerLine::Found { record } => held(record.as_ref()),
        AnswerLine::Held { record } => format!("locked; under the lock: {}", held(record.as_ref())),
        AnswerLine::StoreFailed { doing, why } => format!("the store failed while {doing}: {why}"),
        AnswerLine::Busy => "somebody else has it".into(),
        AnswerLine::Secrets { names } => format!("{} at hand", names.join(", ")),
        AnswerLine::NoSecret { name } => format!("{name} is not to be had"),
        AnswerLine::Reply { status, cut, .. } => format!("answered {status}{}", if *cut { ", cut" } else { "" }),
        AnswerLine::NotSent { why } | AnswerLine::Untrusted { why } => format!("nothing was sent: {why}"),
        AnswerLine::MaybeSent { why } => format!("it may have been received: {why}"),
        AnswerLine::Saved => "saved".into(),
        AnswerLine::Conflict { record } => format!("somebody saved first: {}", held(record.as_ref())),
        AnswerLine::LeaseGone { record } => format!("the lease was over: {}", held(Some(record))),
        AnswerLine::NotApplied { why } => format!("not saved: {why}"),
        AnswerLine::Unknown { why } => format!("nobody knows whether it was saved: {why}"),
        AnswerLine::Unlocked => "done".into(),
        AnswerLine::Woke => "go on".into(),
    }
}

fn held(record: Option<&RecordLine>) -> String {
    let Some(record) = record else { return "nothing is held".into() };
    let parts = [
        record.grant.as_ref().map(|grant| name(&grant.access_token)),
        record.refresh_token.as_deref(),
        record.user_key.as_deref(),
        record.spending.as_ref().map(|_| "a mark"),
        record.closed.map(|_| "a latch"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "an empty record".into() } else { parts.join(", ") }
}

/// A token's name, without the claims of its placeholder.
fn name(token: &str) -> &str {
    token.split('.').next().unwrap_or_default()
}

fn landed(landing: &Landing) -> String {
    match landing {
        Landing::Token { access_token, life_ns, unsaved } => {
            let life = life_ns.map_or("whose life nobody states".into(), |life| format!("for {}", seconds(life, 0)));
            format!("landed: {}, {life}{}", name(access_token), if *unsaved { ", not kept" } else { "" })
        }
        Landing::Failed { why } => format!("failed: {why}"),
        Landing::Again => "given up".into(),
        Landing::Flying => "it goes on".into(),
    }
}
