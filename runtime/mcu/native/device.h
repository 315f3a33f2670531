/* The network device `host` (registers: hal/drivers/host.ts), as runtime/node/host-nic.ts models it. */
#ifndef SOCKLET_NATIVE_DEVICE_H
#define SOCKLET_NATIVE_DEVICE_H

#define DEVICE_SLOTS 64u
#define DEVICE_FRAME 2048u
#define DEVICE_ID 0x534f434bu
#define DEVICE_MINIMUM 60u

static struct {
  u8 frames[DEVICE_SLOTS][DEVICE_FRAME];
  u32 lengths[DEVICE_SLOTS];
  u32 first, count; /* ring of waiting frames */
  u32 words, next;  /* of the frame being read; words 0 when there is none */
  u32 lost;
  u8 sending[65536 + 8];
  u32 sending_length, sending_words, sending_next;
  int sending_active, link, all_multicast, transmit_ready;
} device = {.link = 1, .transmit_ready = 1};

static int device_receive(const u8 *frame, u32 length) {
  static const u8 broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  u32 slot;
  if (!device.link) return 0;
  if (length > 0 && (frame[0] & 1) && !device.all_multicast && (length < 6 || memcmp(frame, broadcast, 6) != 0)) return 1;
  if (device.count == DEVICE_SLOTS || length > DEVICE_FRAME - 8) {
    device.lost++;
    return 0;
  }
  slot = (device.first + device.count++) % DEVICE_SLOTS;
  memset(device.frames[slot], 0, DEVICE_FRAME);
  if (length > 0) memcpy(device.frames[slot] + 2, frame, length);
  device.lengths[slot] = length;
  return 1;
}

static u32 device_read(u32 address) {
  u32 value = 0;
  switch (address - DEVICE_BASE) {
    case 0x00:
      device.next = 0;
      device.words = device.count == 0 ? 0 : (device.lengths[device.first] + 5) >> 2;
      return device.count == 0 ? 0 : device.lengths[device.first];
    case 0x04:
      if (device.next >= device.words) return 0;
      memcpy(&value, device.frames[device.first] + 4 * device.next++, 4);
      return value;
    case 0x0c: return (u32)device.transmit_ready;
    case 0x18: return (u32)device.link;
    case 0x20: return DEVICE_ID;
    case 0x24:
      value = device.lost;
      device.lost = 0;
      return value;
    default: return 0;
  }
}

static void device_write(u32 address, u32 value) {
  switch (address - DEVICE_BASE) {
    case 0x08:
      if (device.count > 0) {
        device.first = (device.first + 1) % DEVICE_SLOTS;
        device.count--;
      }
      device.words = 0;
      break;
    case 0x0c:
      memset(device.sending, 0, sizeof device.sending);
      device.sending_length = value;
      device.sending_words = (value > 65531u ? 65536u : value + 5u) >> 2;
      device.sending_next = 0;
      device.sending_active = 1;
      break;
    case 0x10:
      if (device.sending_active && device.sending_next < device.sending_words) {
        memcpy(device.sending + 4 * device.sending_next++, &value, 4);
      }
      break;
    case 0x14:
      if (device.sending_active && device.link) {
        u32 length = device.sending_length < 65536u ? device.sending_length : 65536u;
        /* Behind the frame's own bytes there may be part of its last word. */
        memset(device.sending + 2 + length, 0, sizeof device.sending - 2 - length);
        record_write(OUT_FRAME, device.sending + 2, length < DEVICE_MINIMUM ? DEVICE_MINIMUM : length, 0, 0);
      }
      device.sending_active = 0;
      break;
    case 0x28: device.all_multicast = (int)(value & 1); break;
    case 0x2c:
      device.count = device.words = device.lost = 0;
      device.sending_active = device.all_multicast = 0;
      break;
    default: break;
  }
}

#endif
