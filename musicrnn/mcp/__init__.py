"""Tools for language models, by the Model Context Protocol (modelcontextprotocol.io)."""
