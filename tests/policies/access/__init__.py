"""Who gets what answer at which address: everybody, everything an address may name, every method."""
