"""Judge a day by its file and its events alone; nothing here is shared with what made them."""
