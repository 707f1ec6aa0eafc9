"""The dashboard as a widget, the template that Voila shows it in, and the server that Voila is.

The pages come from `gosales_lib.dashboard`; here they are only sent, to one viewer each.
"""

from gosales_lib.dashboard import STATIC

__all__ = ["STATIC"]
