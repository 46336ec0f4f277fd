"""What fixes the ledger outside the archive: time stamps, witnesses, mail and paper."""
