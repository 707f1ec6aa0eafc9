"""Pictures: functions from a frame to a Plotly figure. Notebooks also keep a PNG (see `still`)."""

from gosales_lib.charts import still

still.register()
