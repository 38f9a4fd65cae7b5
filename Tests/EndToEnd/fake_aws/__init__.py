"""A scripted fake of S3, DynamoDB and STS on loopback ports, for tests of what happens when they fail.

It is strict where AWS is strict: every signature is checked with botocore's own signer, every checksum is computed again,
parts have their smallest size, a failed condition changes nothing, and a role may do only what it was granted. What it
keeps lies on disk, so that it survives its own end and a test can look at the bytes themselves.

Sources of what it answers: the API references of the three services; each module names the page next to the answer. How
servers that are not AWS answer instead was measured: packaging/guide/servers.md.

The server is a process of its own (`server`, `service`, …); a test holds it by `handle.FakeAWS`.
"""
