"""How pages reach a viewer: over HTTP from one server, or as a widget in JupyterLab."""
