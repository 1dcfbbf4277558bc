/* As much JSON as one line of the protocol needs: a reader into an arena, and nothing else. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct Node Node;
struct Node {
    enum { NIL, BOOLEAN, NUMBER, TEXT, LIST, OBJECT } kind;
    long long number;
    char *text;
    char *key;   /* inside an object */
    Node *first; /* of a list or an object */
    Node *next;
};

static Node arena[1 << 18];
static size_t nodes;

static void blank(char **at) {
    while (**at == ' ' || **at == '\t' || **at == '\n' || **at == '\r') ++*at;
}

static char *string(char **at) { /* without escapes, which no message here has; it ends in place */
    char *start = ++*at;
    while (**at && **at != '"') ++*at;
    if (**at) *(*at)++ = 0;
    return start;
}

static Node *value(char **at) {
    if (nodes == sizeof arena / sizeof *arena) exit(3);
    Node *node = &arena[nodes++], **tail = &node->first;
    memset(node, 0, sizeof *node);
    blank(at);
    char open = **at;
    if (open == '{' || open == '[') {
        node->kind = open == '{' ? OBJECT : LIST;
        for (++*at, blank(at); **at && **at != '}' && **at != ']';) {
            char *key = NULL;
            if (open == '{') {
                key = string(at);
                blank(at);
                ++*at; /* the colon */
            }
            Node *item = value(at);
            item->key = key;
            *tail = item;
            tail = &item->next;
            blank(at);
            if (**at == ',') ++*at, blank(at);
        }
        ++*at;
    } else if (open == '"') {
        node->kind = TEXT;
        node->text = string(at);
    } else if (open == 't' || open == 'f') {
        node->kind = BOOLEAN;
        node->number = open == 't';
        *at += open == 't' ? 4 : 5;
    } else if (open == 'n') {
        *at += 4;
    } else {
        node->kind = NUMBER;
        node->number = strtoll(*at, at, 10);
    }
    return node;
}

static Node *find(const Node *object, const char *key) {
    for (Node *item = object ? object->first : NULL; item; item = item->next)
        if (!strcmp(item->key, key)) return item->kind == NIL ? NULL : item;
    return NULL;
}

static long long whole(const Node *object, const char *key) {
    Node *found = find(object, key);
    return found ? found->number : 0;
}

static const char *text(const Node *object, const char *key) {
    Node *found = find(object, key);
    return found && found->kind == TEXT ? found->text : "";
}

static int length(const Node *list) {
    int count = 0;
    for (Node *item = list ? list->first : NULL; item; item = item->next) ++count;
    return count;
}

static Node *item(const Node *list, int index) {
    Node *found = list->first;
    while (index--) found = found->next;
    return found;
}

#endif
