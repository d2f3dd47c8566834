"""What colleagues write themselves: MI Sheets with their reminders, campaigns, and trying one out.
The handlers and the command line import from here.
It never sends: it leaves deliveries to be sent.
"""
