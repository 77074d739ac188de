// SPDX-License-Identifier: Apache-2.0
package org.wgj.secrets;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Searches the memory of another process, and files such as heap dumps, for known keys in every
 * form that a program may keep them in: as bytes, as ints of a dump (which are big-endian), with
 * the two pads of HMAC, in hexadecimal and in base64, the last two also with two bytes a character.
 *
 * <p>Must run outside the process that it searches, since its own memory is full of the keys.
 */
public final class KeySearch {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PIECE = 4 << 20;
    private static final int PAGE = 4096;
    private static final int LONGEST = 2 * 64;
    private static final byte[] NOTHING = new byte[PAGE];

    private record Spelling(String name, byte[] bytes) {}

    private final Map<Long, List<Spelling>> byBeginning = new HashMap<>();
    private final BitSet beginnings = new BitSet(1 << 20);

    /**
     * @param key 32 bytes
     */
    public KeySearch add(String name, byte[] key) {
        addSpelling(name, key);
        addSpelling(name, swapped(key));
        addSpelling(name, xor(key, 0x36));
        addSpelling(name, xor(key, 0x5c));
        addText(name, HexFormat.of().formatHex(key));
        addText(name, HexFormat.of().withUpperCase().formatHex(key));
        addText(name, Base64.getEncoder().encodeToString(key).substring(0, 43));
        return this;
    }

    private void addText(String name, String text) {
        addSpelling(name, text.getBytes(StandardCharsets.US_ASCII));
        addSpelling(name, text.getBytes(StandardCharsets.UTF_16LE));
    }

    private void addSpelling(String name, byte[] bytes) {
        long beginning = (long) LONG.get(bytes, 0);
        byBeginning
                .computeIfAbsent(beginning, b -> new ArrayList<>())
                .add(new Spelling(name, bytes));
        beginnings.set(mixed(beginning));
    }

    private static byte[] swapped(byte[] key) {
        byte[] swapped = new byte[key.length];
        for (int i = 0; i < key.length; i++) {
            swapped[i] = key[i ^ 3];
        }
        return swapped;
    }

    private static byte[] xor(byte[] key, int pad) {
        byte[] padded = key.clone();
        for (int i = 0; i < padded.length; i++) {
            padded[i] ^= (byte) pad;
        }
        return padded;
    }

    private static int mixed(long beginning) {
        return (int) (beginning * 0x9e3779b97f4a7c15L >>> 44);
    }

    /** Returns the names of the keys that are in a file. */
    public Set<String> inFile(Path file) throws IOException {
        Set<String> found = new TreeSet<>();
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            search(in, 0, in.length(), found);
        }
        return found;
    }

    /**
     * Returns the names of the keys that are in the writable memory of a process: heap, stacks and
     * native memory. Root may read it and, if the system allows it, the parent of the process.
     */
    public Set<String> inProcess(long pid) throws IOException {
        Set<String> found = new TreeSet<>();
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
                String[] fields = line.split(" +", 6);
                if (!fields[1].startsWith("rw")
                        || fields.length > 5 && fields[5].startsWith("[v")) {
                    continue;
                }
                String[] range = fields[0].split("-");
                long begin = Long.parseUnsignedLong(range[0], 16);
                long end = Long.parseUnsignedLong(range[1], 16);
                search(memory, begin, end, found);
            }
        }
        return found;
    }

    private void search(RandomAccessFile in, long begin, long end, Set<String> found)
            throws IOException {
        byte[] piece = new byte[PIECE + PAGE];
        for (long at = begin; at < end; at += PIECE) {
            in.seek(at);
            int wanted = (int) Math.min(PIECE + LONGEST, end - at);
            int length = 0;
            while (length < wanted) {
                int count;
                try {
                    count = in.read(piece, length, wanted - length);
                } catch (IOException e) { // the range is reserved but not mapped
                    break;
                }
                if (count < 0) {
                    break;
                }
                length += count;
            }
            Arrays.fill(piece, length, piece.length, (byte) 0);
            look(piece, Math.min(length, PIECE), found);
        }
    }

    private void look(byte[] piece, int length, Set<String> found) {
        for (int i = 0; i < length; i++) {
            if (i % PAGE == 0 && Arrays.equals(piece, i, i + PAGE, NOTHING, 0, PAGE)) {
                i += PAGE - LONGEST; // a key may begin in it, with zeros
            }
            long beginning = (long) LONG.get(piece, i);
            if (beginnings.get(mixed(beginning))) {
                for (Spelling spelling : byBeginning.getOrDefault(beginning, List.of())) {
                    byte[] bytes = spelling.bytes;
                    if (Arrays.equals(piece, i, i + bytes.length, bytes, 0, bytes.length)) {
                        found.add(spelling.name);
                    }
                }
            }
        }
    }
}
