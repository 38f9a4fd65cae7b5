"""STS: AssumeRole and GetCallerIdentity.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html,
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

import secrets
import time
from datetime import datetime, timezone
from urllib.parse import parse_qsl

from .messages import Answer, ServiceError, xml

XMLNS = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'


class STS:
    def __init__(self, storage, settings):
        self.storage, self.settings = storage, settings

    def perform(self, request):
        form = dict(parse_qsl(request.body.decode()))
        if form.get("Action") == "GetCallerIdentity":
            return self.answer("GetCallerIdentity", "<UserId>AIDAFAKE</UserId>"
                               f"<Account>{self.settings['account']}</Account><Arn>{self.settings['user_arn']}</Arn>")
        if form.get("Action") != "AssumeRole":
            raise ServiceError(400, "InvalidAction", "no such action")
        if form["RoleArn"] != self.settings["role_arn"] or form.get("ExternalId") != self.settings["external_id"]:
            raise ServiceError(403, "AccessDenied", f"User: {self.settings['user_arn']} is not authorized to perform: "
                               f"sts:AssumeRole on resource: {form['RoleArn']}")
        return self.assume(int(form.get("DurationSeconds", "3600")))

    def assume(self, duration):
        """`session_lifetime` is how long the credentials work, `told_lifetime` what the answer says of it."""
        lifetime = duration if self.settings["session_lifetime"] is None else self.settings["session_lifetime"]
        told = lifetime if self.settings["told_lifetime"] is None else self.settings["told_lifetime"]
        session = self.storage.append(
            "session", access_key="ASIA" + secrets.token_hex(8).upper(), secret=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(120), expires=time.time() + lifetime)
        shown = datetime.fromtimestamp(time.time() + self.settings["clock"] + told, timezone.utc)
        return self.answer("AssumeRole", (
            f"<Credentials><AccessKeyId>{session['access_key']}</AccessKeyId><SecretAccessKey>{session['secret']}"
            f"</SecretAccessKey><SessionToken>{session['token']}</SessionToken><Expiration>{shown:%Y-%m-%dT%H:%M:%SZ}"
            f"</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROAFAKE:x</AssumedRoleId><Arn>"
            f"{self.settings['role_arn']}</Arn></AssumedRoleUser>"))

    def answer(self, action, result):
        return Answer(200, {"Content-Type": "text/xml"}, xml(
            f"<{action}Response {XMLNS}><{action}Result>{result}</{action}Result>"
            f"<ResponseMetadata><RequestId>FAKE</RequestId></ResponseMetadata></{action}Response>"))
