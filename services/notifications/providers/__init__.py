"""Those who carry messages: our mail server, GOV.UK Notify, Sinch."""
