"""Vault keeps patient data sealed: fields, envelope, reveal, blind index, masking."""
