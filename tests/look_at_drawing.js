() => {
  // The contrast of each text of a drawing with the topmost shape below its middle.
  const rgb = (text) => text.match(/[\d.]+/g).map(Number).slice(0, 3);
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const shapes = [...document.querySelectorAll("rect")];
  const below = (x, y) => {
    const hit = shapes.filter((shape) => {
      const box = shape.getBoundingClientRect();
      return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    });
    return rgb(getComputedStyle(hit[hit.length - 1]).fill);
  };
  const texts = [...document.querySelectorAll("text")].filter((each) => each.textContent.trim()).map((each) => {
    const box = each.getBoundingClientRect();
    const ground = below(box.left + 1, (box.top + box.bottom) / 2);
    const [low, high] = [luminance(rgb(getComputedStyle(each).fill)), luminance(ground)].sort((a, b) => a - b);
    return { text: each.textContent, ratio: (high + 0.05) / (low + 0.05) };
  });
  return { texts, background: luminance(rgb(getComputedStyle(shapes[0]).fill)) };
}
