"""Which commands there are: name, module and one line of help, so that --help imports none of them.

The module gives the command (or group) under the name of the command.
"""

from __future__ import annotations

from types import MappingProxyType

COMMANDS = MappingProxyType(
    {
        "accounts": ("archiver.cli.accounts", "Register, show, change and retire accounts."),
        "bundle": ("archiver.cli.bundle", "Check a disclosure bundle."),
        "certificate": ("archiver.cli.certify", "Draft the custodian's declaration on items."),
        "certify": ("archiver.cli.certify", "Certify what of an account was covered, and what was not."),
        "config": ("archiver.cli.config", "Show the configuration that holds, or check a file."),
        "coverage": ("archiver.cli.coverage", "What was fully walked, by account and stream."),
        "doctor": ("archiver.cli.doctor", "Look over the installation: host, archive, accounts."),
        "gaps": ("archiver.cli.gaps", "What could not be looked at, why, and its repair."),
        "init": ("archiver.cli.init", "Begin an archive."),
        "item": ("archiver.cli.item", "One item: versions, observations, files, provenance."),
        "ledger": ("archiver.cli.ledger", "The ledger over everything kept and done: who saw its checkpoints."),
        "platforms": ("archiver.cli.platforms", "What can be captured of each platform, and what not."),
        "poll": ("archiver.cli.poll", "Poll accounts once, in the foreground."),
        "proof": ("archiver.cli.proof", "Prove that an item was in the archive, or check a proof."),
        "rebuild": ("archiver.cli.rebuild", "Make the catalogue anew from the WARC files."),
        "repair": ("archiver.cli.repair", "Restore damaged files from their other copy."),
        "requests": ("archiver.cli.requests", "Public records requests: open, show, list, bundle, close."),
        "retention": ("archiver.cli.retention", "What is due by the schedules; nothing is destroyed."),
        "run": ("archiver.cli.run", "Poll every account when it is due, until stopped."),
        "search": ("archiver.cli.search", "Find items by words and other conditions."),
        "status": ("archiver.cli.status", "Is anything being lost now?"),
        "store": ("archiver.cli.store", "Where sealed files are kept: copies, locks, what waits."),
        "verify": ("archiver.cli.verify", "Is every kept byte what it was?"),
        "witness": ("archiver.cli.witness", "Watch the ledgers of archives from another host."),
    }
)
