"""Callbacks' CRM sync: what the clinic's own systems are told, by workers, after the desk has long gone on."""
