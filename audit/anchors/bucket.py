"""Anchors' bucket: heads as locked objects of an S3 interface, which nobody may replace or remove before their time."""

from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from audit.anchors.heads import AnchorError, KeptHead, parse_head
from lib import clock

# As long as the trail itself is kept.
_LOCKED_FOR = timedelta(days=3653)
# Where the newest object is looked for; names begin with the day.
_LOOK_BACK = timedelta(days=7)
_PREFIX = "trail-heads/"


class BucketAnchor:
    """Keeps a head at most every ten minutes, in compliance mode: not even the account's owner shortens the lock."""

    name = "bucket"
    pause = timedelta(minutes=10)

    def __init__(self, *, endpoint: str, bucket: str, region: str, key_id: str, secret: str) -> None:
        self._bucket = bucket
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(
                connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
            ),
        )

    def keep(self, head: KeptHead) -> None:
        """Raises AnchorError when the store refuses: no lock on the bucket, no right, not there."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"{_PREFIX}{head.sealed_at:%Y-%m-%d}/{head.n:018d}",
                Body=head.as_line().encode(),
                ContentType="text/plain",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=clock.now() + _LOCKED_FOR,
            )
        except ClientError as error:
            raise AnchorError("refused") from error
        except BotoCoreError as error:
            raise AnchorError("not_reached") from error

    def last_kept(self) -> KeptHead | None:
        """The newest head of the last days, None when there is none. Raises AnchorError when it cannot be read."""
        since = f"{_PREFIX}{clock.now() - _LOOK_BACK:%Y-%m-%d}"
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=_PREFIX, StartAfter=since
            )
            names = [found["Key"] for page in pages for found in page.get("Contents", ())]
            if not names:
                return None
            # By seal number: a clock that went back must not hide a later head.
            newest = max(names, key=lambda name: name.rsplit("/", 1)[-1])
            line = self._client.get_object(Bucket=self._bucket, Key=newest)["Body"].read().decode()
        except (ClientError, BotoCoreError, ValueError) as error:
            raise AnchorError("not_readable") from error
        head = parse_head(line)
        if head is None:
            raise AnchorError("not_a_head")
        return head
