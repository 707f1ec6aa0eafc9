"""Pictures: a frame in, a Plotly figure out; a notebook keeps each with a PNG (see `still`)."""

from gosales_lib.charts import still

still.register()
