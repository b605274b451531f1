/* The mix: what programs do all day, in one small program. Lists are sorted and searched, small matrices multiplied, text is
   read by a state machine, and everything is folded into a CRC, so that no part can be left out.

   Freestanding C, one export: run(rounds) gives a checksum. The same file builds for wasm32 (build.sh) and natively. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;
typedef long long i64;

#if defined(__wasm__)
#define EXPORT __attribute__((export_name("run"), used))
#else
#define EXPORT __attribute__((visibility("default"), used))
#endif

#define NODES 200
#define SIDE 16
#define TEXT 600

typedef struct node {
    struct node *next;
    i32 key, weight;
} node;

static node nodes[NODES];
static i32 left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static u8 text[TEXT];

static u32 seed;

static u32 next_random(void) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static u16 crc16(u16 crc, u32 value, int bits) {
    for (int i = 0; i < bits; i++) {
        u32 bit = (value ^ crc) & 1;
        value >>= 1;
        crc >>= 1;
        if (bit) crc ^= 0xA001;
    }
    return crc;
}

/* Lists */

static int by_key(const node *a, const node *b) { return a->key - b->key; }
static int by_weight(const node *a, const node *b) { return a->weight != b->weight ? a->weight - b->weight : a->key - b->key; }

static node *merge(node *a, node *b, int (*compare)(const node *, const node *)) {
    node head, *tail = &head;
    while (a && b) {
        node **least = compare(a, b) <= 0 ? &a : &b;
        tail->next = *least;
        tail = *least;
        *least = tail->next;
    }
    tail->next = a ? a : b;
    return head.next;
}

static node *sorted(node *list, int (*compare)(const node *, const node *)) {
    if (!list || !list->next) return list;
    node *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    node *second = slow->next;
    slow->next = 0;
    return merge(sorted(list, compare), sorted(second, compare), compare);
}

static node *reversed(node *list) {
    node *done = 0;
    while (list) {
        node *rest = list->next;
        list->next = done;
        done = list;
        list = rest;
    }
    return done;
}

static u16 lists(u16 crc) {
    node *list = 0;
    for (i32 i = 0; i < NODES; i++) {
        nodes[i].key = i;
        nodes[i].weight = (i32)(next_random() & 0xFF);
        nodes[i].next = list;
        list = &nodes[i];
    }
    list = sorted(list, by_weight);
    for (i32 wanted = 0; wanted < 256; wanted += 16) {
        i32 steps = 0;
        for (node *at = list; at && at->weight < wanted; at = at->next) steps++;
        crc = crc16(crc, (u32)steps, 16);
    }
    list = reversed(list);
    crc = crc16(crc, (u32)list->key, 16);
    list = sorted(list, by_key);
    return crc16(crc, (u32)list->weight, 16);
}

/* Matrices */

static u16 matrices(u16 crc) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (i32)(next_random() & 0xFFF) - 0x800;
            right[i][j] = (i32)(next_random() & 0xFFF) - 0x800;
        }
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            i32 sum = 0;
            for (int k = 0; k < SIDE; k++) sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    i32 trace = 0;
    for (int i = 0; i < SIDE; i++) {
        trace += product[i][i] >> 2;
        crc = crc16(crc, (u32)product[i][SIDE - 1 - i], 16);
    }
    return crc16(crc, (u32)trace, 32);
}

/* Text */

enum state { START, SIGN, WHOLE, POINT, FRACTION, EXPONENT, POWER, BAD, STATES };

static enum state step(enum state state, u8 c) {
    int digit = c >= '0' && c <= '9';
    switch (state) {
    case START: return digit ? WHOLE : c == '-' || c == '+' ? SIGN : c == '.' ? POINT : BAD;
    case SIGN: return digit ? WHOLE : c == '.' ? POINT : BAD;
    case WHOLE: return digit ? WHOLE : c == '.' ? POINT : c == 'e' ? EXPONENT : BAD;
    case POINT:
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : BAD;
    case EXPONENT: return digit || c == '-' ? POWER : BAD;
    case POWER: return digit ? POWER : BAD;
    default: return BAD;
    }
}

static u16 words(u16 crc) {
    static const char letters[] = "0123456789.-+e,,0123456789x12345";
    u32 ended[STATES] = {0};
    for (int i = 0; i < TEXT; i++) text[i] = (u8)letters[next_random() & 31];
    enum state state = START;
    for (int i = 0; i < TEXT; i++) {
        if (text[i] == ',') {
            ended[state]++;
            state = START;
        } else {
            state = step(state, text[i]);
        }
    }
    for (int i = 0; i < STATES; i++) crc = crc16(crc, ended[i], 16);
    return crc;
}

EXPORT i64 run(i32 rounds) {
    u16 crc = 0xFFFF;
    seed = 0x2545F491;
    for (i32 i = 0; i < rounds; i++) {
        crc = lists(crc);
        crc = matrices(crc);
        crc = words(crc);
    }
    return (i64)crc << 32 | seed;
}
