"""Follows every a[href] of one host: scrapy runspider spider.py -a url=URL [-a suffix=.html]"""

from urllib.parse import urlsplit

import scrapy
from scrapy.linkextractors import LinkExtractor


class Spider(scrapy.Spider):
    name = "bench"

    def __init__(self, url, suffix="", **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [url]
        self.host = urlsplit(url).netloc
        self.suffix = suffix
        self.extractor = LinkExtractor(tags=("a",), attrs=("href",))

    def parse(self, response):
        if not isinstance(response, scrapy.http.HtmlResponse):
            return
        for link in self.extractor.extract_links(response):
            to = urlsplit(link.url)
            if to.netloc == self.host and to.path.endswith(self.suffix):
                yield scrapy.Request(link.url)
