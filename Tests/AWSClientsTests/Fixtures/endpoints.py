#!/usr/bin/env python3
"""What botocore's rules say about endpoints, one JSON object a line.

Every region of every partition, and regions that there are not yet; S3 with buckets of every kind, DynamoDB and STS; with
and without FIPS and dual-stack. `url` is null where botocore refuses, with its words in `error`.
"""
import itertools
import json

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader

# A region of each partition that nobody has heard of, and one of none.
UNKNOWN = ["ap-northwest-7", "cn-south-12", "us-gov-north-9", "us-iso-south-2", "us-isob-north-3", "eu-isoe-east-4",
           "us-isof-west-5", "eusc-de-west-6", "eusc-it-south-1", "xx-north-1"]
BUCKETS = ["files", "a-point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "a.b.c", "Old_Name", "OLD.NAME", "under_score",
           "0a0", "a" * 63, "Aa" * 100]


def main():
    loader = create_loader()
    partitions = loader.load_data("partitions")
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]
               # What is no place: `aws-global`, where no bucket and no table is.
               if not region.endswith("-global")]
    for service in ["s3", "dynamodb", "sts"]:
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region, fips, dual_stack in itertools.product(regions + UNKNOWN, [False, True], [False, True]):
            for bucket in BUCKETS if service == "s3" else [None]:
                parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack}
                if bucket:
                    parameters["Bucket"] = bucket
                case = {"service": service, "region": region, "fips": fips, "dualStack": dual_stack, "bucket": bucket,
                        "url": None, "signingRegion": None, "error": None}
                try:
                    endpoint = provider.resolve_endpoint(**parameters)
                    scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
                    case |= {"url": endpoint.url, "signingRegion": scheme.get("signingRegion", region)}
                except EndpointProviderError as error:
                    case["error"] = str(error)
                print(json.dumps(case))


main()
