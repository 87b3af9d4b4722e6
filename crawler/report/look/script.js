"use strict";
(function () {
  // All works without this script. It opens what a link leads to, opens everything for print, and adds a search to trees.
  function reveal(e) {
    for (; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
  }
  function follow() {
    var e = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (e) { reveal(e); e.scrollIntoView(); }
  }
  addEventListener("hashchange", follow);
  if (location.hash) follow();

  var closed = [];
  addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details.list:not([open])"));
    closed.forEach(function (d) { d.open = true; });
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (d) { d.open = false; });
    closed = [];
  });

  Array.prototype.forEach.call(document.querySelectorAll(".tree"), function (tree) {
    var bar = document.createElement("p"), label = document.createElement("label"), input = document.createElement("input");
    var said = document.createElement("span");
    bar.className = "tools";
    label.textContent = "Show paths with ";
    input.type = "search";
    label.appendChild(input);
    bar.appendChild(label);
    [["Open all", true], ["Close all", false]].forEach(function (b) {
      var e = document.createElement("button");
      e.type = "button";
      e.textContent = b[0];
      e.addEventListener("click", function () {
        Array.prototype.forEach.call(tree.querySelectorAll("details"), function (d) { d.open = b[1]; });
      });
      bar.appendChild(e);
    });
    said.setAttribute("role", "status");
    bar.appendChild(said);
    tree.parentNode.insertBefore(bar, tree);
    var timer;
    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(search, 150);
    });
    function search() {
      var want = input.value.trim().toLowerCase(), found = 0;
      var items = tree.querySelectorAll("li");
      Array.prototype.forEach.call(items, function (li) { li.hidden = want !== ""; });
      if (want !== "") Array.prototype.forEach.call(items, function (li) {
        if ((li.getAttribute("data-path") || "").toLowerCase().indexOf(want) < 0) return;
        found++;
        li.hidden = false;
        for (var e = li.parentElement; e && e !== tree; e = e.parentElement) {
          if (e.tagName === "LI") e.hidden = false;
          if (e.tagName === "DETAILS") e.open = true;
        }
      });
      said.textContent = want === "" ? "" : found + " found";
    }
  });
})();
