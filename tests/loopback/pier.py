"""The shortest study there is: its sections follow where a test needs them."""

PIER = """\
[study]
id = "pier"
time_zone = "Asia/Shanghai"
[change]
name = { en = "Pier", zh = "码头" }
statement = { en = "The pier closes", zh = "码头关闭" }
words = { en = ["pier"], zh = ["码头"] }
"""
