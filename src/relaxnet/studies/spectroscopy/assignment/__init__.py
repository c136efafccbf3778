"""The special assignment's report, table by table, beside what this project finds; its claims, judged."""
