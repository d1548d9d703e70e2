"""What people do, told as stories, in a real browser, with JavaScript and without."""
