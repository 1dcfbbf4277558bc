/* One core of the chip in C, speaking the protocol of the conformance suite.

   It is written from the documentation alone and shares nothing with the generator. MISTAKE, a number
   set when it is compiled, plants one mistake: the suite must catch each and name the clause. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "json.h"

#ifndef MISTAKE
#define MISTAKE 0
#endif
enum {
    PLAIN_MAXIMUM = 1, /* the floor is a maximum, which does not round */
    TRUE_DIVISION,     /* the scale without its reciprocal */
    STRICT,            /* a potential on the threshold does not fire */
    ROUND_DOWN_BITS,   /* address bits are rounded down */
    NO_DILATION,       /* the shape leaves dilation out */
    HALF_UP,           /* halves are rounded up */
    MANY_SPIKES,       /* one event makes several spikes */
    NARROW_WORDS,      /* words are counted in 32 bits */
    AVERAGE,           /* pooling averages */
    COLUMN_FIRST,      /* a linear layer reads columns before rows */
    RECIPROCAL,        /* weights are multiplied with a reciprocal */
    FEATURE_FIRST,     /* the spikes of an event leave feature by feature */
    TAKES_ANYTHING,    /* a threshold of 0 is a threshold */
};

typedef unsigned __int128 Words;

/* ── Numbers ─────────────────────────────────────────────────────────────────────────────────── */

static float number(const Node *node) { /* of its bits, as 0x3f800000 */
    union { uint32_t bits; float value; } both = {.bits = (uint32_t)strtoul(node->text, NULL, 16)};
    return both.value;
}

static void bits(float value) {
    union { float value; uint32_t bits; } both = {.value = value};
    printf("\"0x%08x\"", both.bits);
}

static void words(Words value) {
    char digits[48], *at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = (char)('0' + (int)(value % 10));
    while (value /= 10);
    fputs(at, stdout);
}

static int ceil_log2(Words value) {
    int power = 0;
    while (((Words)1 << power) < value) ++power;
    return MISTAKE == ROUND_DOWN_BITS && ((Words)1 << power) > value ? power - 1 : power;
}

/* ── Shapes and memories ─────────────────────────────────────────────────────────────────────── */

static void shapes(const Node *in) {
    const char *of = text(in, "of");
    bool vertical = of[1] == 'y';
    if (of[0] == 'f') {
        long long size = whole(in, vertical ? "h" : "w"), kernel = whole(in, vertical ? "kh" : "kw");
        long long step = whole(in, vertical ? "sy" : "sx"), pad = whole(in, vertical ? "py" : "px");
        long long dilation = MISTAKE == NO_DILATION ? 1 : whole(in, vertical ? "dy" : "dx");
        printf("\"result\":{\"value\":%lld}", (size + 2 * pad - dilation * (kernel - 1) - 1) / step + 1);
    } else {
        long long size = whole(in, vertical ? "fy" : "fx"), window = whole(in, vertical ? "qy" : "qx");
        printf("\"result\":{\"value\":%lld}", (size - window) / whole(in, vertical ? "ty" : "tx") + 1);
    }
}

static void memory(const Node *in) {
    const char *of = text(in, "of");
    for (Node *one = in->first; one; one = one->next)
        if (one->kind == NUMBER && one->number < 1) {
            printf("\"refused\":\"%s is %lld\"", one->key, one->number);
            return;
        }
    Words f = (Words)whole(in, "f"), found, used;
    if (*of == 'k') {
        Words taps = (Words)whole(in, "kh") * (Words)whole(in, "kw");
        found = (Words)whole(in, "c") << (ceil_log2(taps) + ceil_log2(f));
        used = (Words)whole(in, "c") * f * taps;
    } else if (*of == 'n') {
        Words rows = (Words)whole(in, "fy"), columns = (Words)whole(in, "fx");
        found = f << (ceil_log2(rows) + ceil_log2(columns));
        used = f * rows * columns;
    } else {
        found = used = whole(in, "has_bias") ? f : 0;
    }
    if (MISTAKE == NARROW_WORDS) found = (uint32_t)found;
    fputs("\"result\":{\"words\":", stdout), words(found);
    fputs(",\"used\":", stdout), words(used), putchar('}');
}

/* ── Quantization ────────────────────────────────────────────────────────────────────────────── */

static float scale_of(float low, float high, int width) {
    float lowest = -(float)(1 << (width - 1)), highest = (float)((1 << (width - 1)) - 1);
    float ratio = (float)(-(double)lowest / (double)highest);
    if (fabsf(low) <= fabsf(high) * ratio)
        return MISTAKE == TRUE_DIVISION ? fabsf(highest / high) : fabsf(1.0f / high * highest);
    return MISTAKE == TRUE_DIVISION ? fabsf(lowest / low) : fabsf(1.0f / low * lowest);
}

static float scale_of_list(const Node *list, float rescale, int width) {
    float low = INFINITY, high = -INFINITY;
    for (Node *one = list->first; one; one = one->next) {
        float x = number(one) / rescale;
        low = fminf(low, x), high = fmaxf(high, x);
    }
    return scale_of(low, high, width);
}

static bool finite_list(const Node *list) {
    for (Node *one = list ? list->first : NULL; one; one = one->next)
        if (!isfinite(number(one))) return false;
    return true;
}

static long long level(float x, float scale) {
    float product = x * scale;
    return MISTAKE == HALF_UP ? (long long)floorf(product + 0.5f) : (long long)nearbyintf(product);
}

static void levels(const char *name, const Node *list, float rescale, float scale) {
    if (!list) return;
    printf("\"%s\":[", name);
    for (Node *one = list->first; one; one = one->next)
        printf("%lld%s", level(number(one) / rescale, scale), one->next ? "," : "");
    fputs("],", stdout);
}

static void quantization(const Node *in) {
    const Node *weight = find(in, "weight"), *bias = find(in, "bias"), *v = find(in, "v");
    const Node *floor = find(in, "v_floor");
    float rescale = (float)whole(in, "rescale"), threshold = number(find(in, "threshold"));
    float lower = floor ? number(floor) : -32768.0f;
    if (!finite_list(weight) || !finite_list(bias) || !finite_list(v) || !isfinite(threshold)) {
        fputs("\"refused\":\"not finite\"", stdout);
        return;
    }
    float scale = scale_of_list(weight, rescale, 8);
    scale = fminf(scale, scale_of(fminf(lower, threshold), fmaxf(lower, threshold), 16));
    if (bias) scale = fminf(scale, scale_of_list(bias, 1.0f, 8));
    if (v) scale = fminf(scale, scale_of_list(v, 1.0f, 16));
    if (MISTAKE != TAKES_ANYTHING && level(threshold, scale) <= 0) {
        fputs("\"refused\":\"the threshold vanishes\"", stdout);
        return;
    }
    fputs("\"result\":{", stdout);
    levels("weight", weight, rescale, scale), levels("bias", bias, 1.0f, scale), levels("v", v, 1.0f, scale);
    printf("\"threshold\":%lld,\"v_floor\":%lld,\"scale\":", level(threshold, scale), level(lower, scale));
    bits(scale), putchar('}');
}

static void rescale(const Node *in) {
    float factor = (float)whole(in, "rescale");
    fputs("\"result\":{\"weight\":[", stdout);
    for (Node *one = find(in, "weight")->first; one; one = one->next) {
        bits(MISTAKE == RECIPROCAL ? number(one) * (1.0f / factor) : number(one) / factor);
        if (one->next) putchar(',');
    }
    fputs("]}", stdout);
}

/* ── Neurons ─────────────────────────────────────────────────────────────────────────────────── */

static float spikes_of(const Node *in, float v, float threshold) {
    const char *name = text(in, "spike_fn");
    if (!strcmp(name, "SingleSpike")) return v - threshold >= 0.0f ? 1.0f : 0.0f;
    float n = v > 0.0f ? truncf(v / threshold) : 0.0f;
    const Node *most = find(find(in, "parameters"), "max_num_spikes_per_bin");
    return !strcmp(name, "MaxSpike") && most ? fminf(n, (float)most->number) : n;
}

static float reset_of(const Node *in, float v, float n, float threshold) {
    const Node *parameters = find(in, "parameters");
    if (!strcmp(text(in, "reset_fn"), "MembraneSubtract")) {
        const Node *value = find(parameters, "subtract_value");
        float product = n * (value ? number(value) : threshold);
        return v - product;
    }
    const Node *value = find(parameters, "reset_value");
    return n == 0.0f ? v : value ? number(value) : 0.0f;
}

static void clocked(const Node *in) {
    float v = number(find(in, "v")), threshold = number(find(in, "threshold"));
    const Node *floor = find(in, "v_floor");
    fputs("\"result\":{\"spikes\":[", stdout);
    for (Node *one = find(in, "input")->first; one; one = one->next) {
        v = v + number(one);
        float n = spikes_of(in, v, threshold);
        v = reset_of(in, v, n, threshold);
        if (floor && MISTAKE == PLAIN_MAXIMUM) v = fmaxf(v, number(floor));
        else if (floor) v = fmaxf(v - number(floor), 0.0f) + number(floor);
        printf("%lld%s", (long long)n, one->next ? "," : "");
    }
    fputs("],\"v\":", stdout), bits(v), putchar('}');
}

static void visit(const Node *in) {
    const Node *shape = find(in, "input_shape"), *kernel = find(in, "kernel"), *at = find(in, "at");
    long long pad = whole(in, "padding"), features = whole(in, "features"), size[2], first[2], last[2];
    for (int axis = 0; axis < 2; ++axis) {
        long long taps = item(kernel, axis)->number, place = item(at, axis + 1)->number + pad;
        size[axis] = item(shape, axis + 1)->number + 2 * pad - taps + 1;
        first[axis] = place - taps + 1 < 0 ? 0 : place - taps + 1;
        last[axis] = place >= size[axis] ? size[axis] - 1 : place;
    }
    bool some = false;
    fputs("\"result\":{\"order\":[", stdout);
    for (long long outer = 0; outer < (MISTAKE == FEATURE_FIRST ? features : 1); ++outer)
        for (long long y = first[0]; y <= last[0]; ++y)
            for (long long x = first[1]; x <= last[1]; ++x)
                for (long long f = 0; f < (MISTAKE == FEATURE_FIRST ? 1 : features); ++f)
                    printf("%s[%lld,%lld,%lld]", some ? "," : "", f + outer, y, x), some = true;
    fputs("]}", stdout);
}

static void event(const Node *in) {
    if (find(in, "at")) {
        visit(in);
        return;
    }
    long long v = 0, threshold = whole(in, "threshold");
    const Node *floor = find(in, "v_floor");
    bool subtracts = !strcmp(text(in, "reset_fn"), "MembraneSubtract");
    fputs("\"result\":{\"spikes\":[", stdout);
    for (Node *one = find(in, "happenings")->first; one; one = one->next) {
        long long n = 0;
        v += one->first->number;
        if (!strcmp(one->first->key, "event")) {
            n = MISTAKE == STRICT ? v > threshold : v >= threshold;
            if (MISTAKE == MANY_SPIKES && v > 0) n = v / threshold;
            v = subtracts ? v - n * threshold : n ? 0 : v;
        }
        if (floor && v < floor->number) v = floor->number;
        printf("%lld%s", n, one->next ? "," : "");
    }
    printf("],\"v\":%lld}", v);
}

/* ── Maps ────────────────────────────────────────────────────────────────────────────────────── */

static long long tap(const Node *maps, int feature, int row, int column) {
    return item(item(item(maps, feature), row), column)->number;
}

static void pooling(const Node *in) {
    const Node *maps = find(in, "map");
    int features = length(maps), window = (int)item(find(in, "window"), 0)->number;
    int rows = length(item(maps, 0)) / window, columns = length(item(item(maps, 0), 0)) / window;
    fputs("\"result\":{\"map\":[", stdout);
    for (int f = 0; f < features; ++f) {
        fputs(f ? ",[" : "[", stdout);
        for (int y = 0; y < rows; ++y) {
            fputs(y ? ",[" : "[", stdout);
            for (int x = 0; x < columns; ++x) {
                long long sum = 0;
                for (int i = 0; i < window * window; ++i)
                    sum += tap(maps, f, y * window + i / window, x * window + i % window);
                printf("%s%lld", x ? "," : "", MISTAKE == AVERAGE ? sum / (window * window) : sum);
            }
            putchar(']');
        }
        putchar(']');
    }
    fputs("]}", stdout);
}

static void linear(const Node *in) {
    const Node *shape = find(in, "input_shape"), *maps = find(in, "map"), *bias = find(in, "bias");
    int c = (int)item(shape, 0)->number, h = (int)item(shape, 1)->number, w = (int)item(shape, 2)->number;
    const Node *rows = find(in, "weight");
    int count = length(rows);
    fputs("\"result\":{\"taps\":[", stdout);
    long long sums[64];
    for (int out = 0; out < count; ++out) {
        sums[out] = bias ? item(bias, out)->number : 0;
        fputs(out ? ",[" : "[", stdout);
        for (int f = 0; f < c; ++f) {
            fputs(f ? ",[" : "[", stdout);
            for (int y = 0; y < h; ++y) {
                fputs(y ? ",[" : "[", stdout);
                for (int x = 0; x < w; ++x) {
                    int place = MISTAKE == COLUMN_FIRST ? (f * w + x) * h + y : (f * h + y) * w + x;
                    long long weight = item(item(rows, out), place)->number;
                    sums[out] += weight * tap(maps, f, y, x);
                    printf("%s%lld", x ? "," : "", weight);
                }
                putchar(']');
            }
            putchar(']');
        }
        putchar(']');
    }
    fputs("],\"output\":[", stdout);
    for (int out = 0; out < count; ++out) printf("%s%lld", out ? "," : "", sums[out]);
    fputs("]}", stdout);
}

/* ── The protocol ────────────────────────────────────────────────────────────────────────────── */

static const struct { const char *name; void (*answer)(const Node *); } topics[] = {
    {"shapes", shapes}, {"memory", memory}, {"quantization", quantization}, {"rescale", rescale},
    {"clocked", clocked}, {"event", event}, {"pooling", pooling}, {"linear", linear},
};
enum { TOPICS = sizeof topics / sizeof *topics };

static void reply(const Node *message) {
    if (!strcmp(text(message, "message"), "start")) {
        fputs("{\"message\":\"start\",\"protocol\":1,\"name\":\"C\",\"version\":\"1\",\"capabilities\":[", stdout);
        for (int i = 0; i < TOPICS; ++i) printf("%s\"%s\"", i ? "," : "", topics[i].name);
        fputs("]}\n", stdout);
        return;
    }
    for (int i = 0; i < TOPICS; ++i)
        if (!strcmp(text(message, "topic"), topics[i].name)) {
            printf("{\"message\":\"case\",\"id\":\"%s\",", text(message, "id"));
            topics[i].answer(find(message, "input"));
            fputs("}\n", stdout);
            return;
        }
    printf("{\"message\":\"skip\",\"id\":\"%s\",\"reason\":\"no such topic\"}\n", text(message, "id"));
}

int main(void) {
    static char line[1 << 22];
    while (fgets(line, sizeof line, stdin)) {
        char *at = line;
        nodes = 0;
        const Node *message = value(&at);
        if (!strcmp(text(message, "message"), "stop")) return 0;
        reply(message);
        fflush(stdout);
    }
    return 0;
}
