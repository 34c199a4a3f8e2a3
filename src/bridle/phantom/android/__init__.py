"""Synthetic Android phones: one phone's life and attack, as each kind of acquisition has it.

Everything that happens is told once, in a `Story` of plain records: an ordinary one and, unless the phone is clean, one
of an attack. A module for each dump or file writes what the joined story has for it.

The attacks follow published cases, one each: spyware put onto a phone while it was out of its owner's hands (Serbia,
2024), one click spyware loaded through a link (Intellexa, 2021 to 2023), and what an extraction tool leaves (Serbia and
Jordan, 2024 and 2025). Hosts, addresses, packages, certificates and keys are invented or reserved; USB vendors and the
tool's own names are published ones.

Sources: Amnesty International, "A Digital Prison" (December 2024) and "Cellebrite zero-day exploit used to target phone
of Serbian student activist" (February 2025), https://securitylab.amnesty.org/latest/ ;
https://blog.talosintelligence.com/mercenary-intellexa-predator/ ;
https://citizenlab.ca/research/from-protest-to-peril-cellebrite-used-against-jordanian-civil-society/
"""
