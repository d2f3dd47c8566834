"""What people write and read: which characters a text may hold, mailboxes, tables, TOML files, a page and its PDF.

Everything may import it, and it imports nothing of ours. It never knows a message, a store or a service.
"""
