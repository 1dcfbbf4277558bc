() => {
  // What a page looks like: widths, what is cut off, contrast of every text, images and formulas.
  const root = document.scrollingElement;
  const parse = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, bottom) => top.rgb.map((value, i) => value * top.alpha + bottom[i] * (1 - top.alpha));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = new Map();
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    if (!grounds.has(element)) {
      const own = parse(getComputedStyle(element).backgroundColor);
      grounds.set(element, own.alpha === 1 ? own.rgb : over(own, behind(element.parentElement)));
    }
    return grounds.get(element);
  };
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const boxes = (element) => element.closest(".table-wrapper, .highlight pre, .lines, .math-block, .drawing, pre");
  const cut = [], contrast = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || ["SCRIPT", "STYLE", "TITLE"].includes(element.tagName) || !visible(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const place = range.getBoundingClientRect();
    if (!place.width || place.right < 0) continue; // a drawer that is shut
    texts += 1;
    const ground = behind(element);
    const style = getComputedStyle(element);
    contrast.push({ text: text.slice(0, 40), ratio: ratio(over(parse(style.color), ground), ground) });
    if (place.right > root.clientWidth + 1 && element.closest("article") && !boxes(element)) cut.push(text.slice(0, 40));
  }
  const scrolls = [...document.querySelectorAll(".table-wrapper, .lines, .math-block, .drawing, pre")].filter(
    (box) => box.scrollWidth > box.clientWidth + 1,
  );
  for (const box of scrolls)
    if (!["auto", "scroll"].includes(getComputedStyle(box).overflowX)) cut.push(box.className || box.tagName);
  const maths = [...document.querySelectorAll("math")];
  const flat = [...document.querySelectorAll("math mfrac")].filter((fraction) => {
    const [top, bottom] = [...fraction.children].map((part) => part.getBoundingClientRect());
    return !(top.height > 0 && bottom.height > 0 && top.bottom <= bottom.top + 1);
  });
  // what stands side by side in a formula does so on the page: each part is right of the one before
  const stacked = maths.filter((each) => {
    const [first, second] = [...each.children].map((part) => part.getBoundingClientRect());
    return second && !(first.right <= second.left + 1 && first.top < second.bottom && second.top < first.bottom);
  });
  return {
    scrolled: root.scrollWidth,
    window: root.clientWidth,
    cut,
    scrolling: scrolls.length,
    texts,
    contrast: contrast.sort((a, b) => a.ratio - b.ratio).slice(0, 10),
    background: luminance(behind(document.querySelector("article") || document.body)),
    images: [...document.images].map((image) => ({
      alt: image.alt,
      shown: image.complete && image.naturalWidth > 0 && image.getBoundingClientRect().width > 300,
    })),
    formulas: maths.filter((each) => each.getBoundingClientRect().height > 5).length,
    stacked: stacked.length,
    flat: flat.map((each) => each.textContent),
    latex: (document.querySelector("article")?.innerText || "").includes("\\frac"),
  };
}
