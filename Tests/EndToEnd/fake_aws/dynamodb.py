"""DynamoDB: PutItem with a condition, on a table with the key (object_key, delivery_id).

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html: the answer is an object of `Attributes`,
`ConsumedCapacity` and `ItemCollectionMetrics`, empty where none was asked for; a failed condition returns the item where
`ReturnValuesOnConditionCheckFailure` asks for it.
"""

import json

from .messages import ServiceError, json_answer

KEY = ("object_key", "delivery_id")


class DynamoDB:
    def __init__(self, storage, settings):
        self.storage, self.settings = storage, settings

    def perform(self, request):
        document = json.loads(request.body)
        if document["TableName"] != self.settings["table"]:
            raise ServiceError(400, "ResourceNotFoundException", "Requested resource not found")
        item = document["Item"]
        self.check(item)
        before = self.storage.items.get(tuple(item[name]["S"] for name in KEY))
        condition = document.get("ConditionExpression")
        held = {None: True, "attribute_not_exists(object_key)": before is None,
                # No item fulfils it: without one the comparison is false, with one the other half is.
                "attribute_not_exists(object_key) AND object_key = :never": False}.get(condition)
        if held is None:
            raise ServiceError(400, "ValidationException", f"Invalid ConditionExpression: {condition}")
        if not held:
            old = document.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before
            raise ServiceError(400, "ConditionalCheckFailedException", "The conditional request failed",
                               fields={"Item": before} if old else {})
        self.object_exists(item)
        self.storage.append("item", item=item)
        return json_answer({})

    def object_exists(self, item):
        """DynamoDB would not look; but a record must never be there before its object is. That of a refused file has none."""
        if item.get("status") == {"S": "rejected"} and "bucket" not in item:
            return
        key, version = item["object_key"]["S"], item.get("version_id", {}).get("S")
        if key.startswith("rejected:") and item.get("status") == {"S": "rejected"} and not {"bucket", "etag"} & set(item):
            return
        if version is None and key in self.storage.current or (key, version) in self.storage.versions:
            return
        raise ServiceError(400, "RecordWithoutObject", f"there is no version {version} of {key}")

    def check(self, item):
        """What DynamoDB itself checks: the key, empty values in indexes, the size.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
        """
        for name in KEY:
            if not item.get(name, {}).get("S"):
                raise ServiceError(400, "ValidationException", f"Missing the key {name} in the item")
        for name in ("folder_day", "filename", "sha256", "uploaded_at"):
            if name in item and not item[name].get("S"):
                raise ServiceError(400, "ValidationException", f"Type mismatch or empty value for index key {name}")
        if len(json.dumps(item)) > 400 << 10:
            raise ServiceError(400, "ValidationException", "Item size has exceeded the maximum allowed size")
