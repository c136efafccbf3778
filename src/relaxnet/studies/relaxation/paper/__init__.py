"""The paper: what it prints and says of its results, and the page that goes through its tables and figures."""
