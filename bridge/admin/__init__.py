"""One command table, shown as command line, chat command, form and page."""
