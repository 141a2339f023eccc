"""How the machine is set: settings, addresses, and the YAML and TOML that people edit."""
