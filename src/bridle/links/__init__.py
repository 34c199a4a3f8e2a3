"""What several cases share: accounts, domains, senders and attachments of an attacker."""
