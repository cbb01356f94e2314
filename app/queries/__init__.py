"""Reading for pages: SQL shaped like the page, no rules, no writes."""
