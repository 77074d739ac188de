// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads one JSON text (RFC 8259) strictly, from front to back. Every text and list has a bound.
 * Members of objects that the reader does not know are skipped, so that a newer program may add
 * some; one that comes twice, has another type or is out of range is an error. Each method throws
 * {@link IllegalArgumentException} with the place in the text. For one thread.
 */
public final class JsonIn {
    private final JsonReader in;

    /** A member of an object. */
    @FunctionalInterface
    public interface Member {
        /**
         * Reads the member's value, unless the name is unknown.
         *
         * @param name the member's name
         * @return false if the name is unknown and nothing was read
         */
        boolean read(String name);
    }

    private JsonIn(String text) {
        in = new JsonReader(new StringReader(text));
        in.setStrictness(Strictness.STRICT);
    }

    /**
     * Reads a whole text.
     *
     * @param text UTF-8
     * @param maxBytes the greatest length that is accepted
     * @param reading reads the value
     * @return what {@code reading} returns
     * @throws IllegalArgumentException if the text is too long, no UTF-8, no JSON, or not what
     *     {@code reading} expects
     */
    public static <T> T read(byte[] text, int maxBytes, Function<JsonIn, T> reading) {
        if (text.length > maxBytes) {
            throw new IllegalArgumentException(
                    "JSON of " + text.length + " bytes: at most " + maxBytes + " are accepted");
        }
        String decoded;
        try {
            decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("JSON must be UTF-8", e);
        }
        JsonIn in = new JsonIn(decoded);
        T value = reading.apply(in);
        if (in.peek() != JsonToken.END_DOCUMENT) {
            throw in.wrong("nothing more");
        }
        return value;
    }

    /**
     * Reads an object.
     *
     * @param member reads the value of each member
     */
    public void object(Member member) {
        Set<String> seen = new HashSet<>();
        expect(JsonToken.BEGIN_OBJECT, "an object");
        run(in::beginObject);
        while (peek() != JsonToken.END_OBJECT) {
            String name = get(in::nextName);
            if (!seen.add(name)) {
                throw wrong("each member once");
            }
            if (!member.read(name)) {
                run(in::skipValue);
            }
        }
        run(in::endObject);
    }

    /**
     * Reads a list.
     *
     * @param max the most elements
     * @param element reads one
     * @return a new list
     */
    public <T> List<T> list(int max, Supplier<T> element) {
        List<T> list = new ArrayList<>();
        expect(JsonToken.BEGIN_ARRAY, "a list");
        run(in::beginArray);
        while (peek() != JsonToken.END_ARRAY) {
            if (list.size() == max) {
                throw wrong("at most " + max + " elements");
            }
            list.add(element.get());
        }
        run(in::endArray);
        return list;
    }

    /**
     * Reads an object as a map.
     *
     * @param max the most entries
     * @param maxName the greatest length of a name
     * @param value reads one value
     * @return a new map
     */
    public <T> SortedMap<String, T> map(int max, int maxName, Supplier<T> value) {
        SortedMap<String, T> map = new TreeMap<>();
        object(
                name -> {
                    if (map.size() == max || name.length() > maxName) {
                        throw wrong(
                                "at most " + max + " names of at most " + maxName + " characters");
                    }
                    map.put(name, value.get());
                    return true;
                });
        return map;
    }

    /**
     * Reads a string.
     *
     * @param max the greatest length in UTF-16 units
     * @return the string
     */
    public String text(int max) {
        expect(JsonToken.STRING, "a string");
        String text = get(in::nextString);
        if (text.length() > max) {
            throw wrong("a string of at most " + max + " characters");
        }
        return text;
    }

    /**
     * Reads a string or null.
     *
     * @param max the greatest length in UTF-16 units
     * @return the string; null for null
     */
    public String textOrNull(int max) {
        return isNull() ? null : text(max);
    }

    /**
     * Reads a null, if there is one.
     *
     * @return whether there was one
     */
    public boolean isNull() {
        if (peek() != JsonToken.NULL) {
            return false;
        }
        run(in::nextNull);
        return true;
    }

    /**
     * Reads a whole number.
     *
     * @param min the least
     * @param max the greatest
     * @return the number
     */
    public long number(long min, long max) {
        expect(JsonToken.NUMBER, "a number");
        String text = get(in::nextString);
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through: also a fraction is wrong here
        }
        throw wrong("a whole number from " + min + " to " + max);
    }

    /**
     * Reads a number that may have a fraction.
     *
     * @return a finite number
     */
    public double decimal() {
        expect(JsonToken.NUMBER, "a number");
        double number = get(in::nextDouble);
        if (!Double.isFinite(number)) {
            throw wrong("a finite number");
        }
        return number;
    }

    /**
     * Reads true or false.
     *
     * @return the value
     */
    public boolean flag() {
        expect(JsonToken.BOOLEAN, "true or false");
        return get(in::nextBoolean);
    }

    /**
     * Reads a constant of an enumeration by its name.
     *
     * @param type the enumeration
     * @return the constant
     */
    public <E extends Enum<E>> E constant(Class<E> type) {
        String text = text(64);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(text)) {
                return constant;
            }
        }
        throw wrong("one of " + List.of(type.getEnumConstants()));
    }

    /**
     * Reads a public key in base64.
     *
     * @return the key
     */
    public PublicKey key() {
        return value("a WireGuard public key in base64", PublicKey::fromBase64, 44);
    }

    /**
     * Reads a UUID.
     *
     * @return the UUID
     */
    public UUID uuid() {
        return value(
                "a UUID",
                text -> {
                    UUID uuid = UUID.fromString(text);
                    if (!uuid.toString().equals(text)) {
                        throw new IllegalArgumentException();
                    }
                    return uuid;
                },
                36);
    }

    /**
     * Reads bytes in base64.
     *
     * @param max the most bytes
     * @return the bytes
     */
    public Bytes bytes(int max) {
        return value(
                "at most " + max + " bytes in base64",
                text -> Bytes.of(Base64.getDecoder().decode(text)),
                (max + 2) / 3 * 4);
    }

    /**
     * Reads a range of addresses without host bits.
     *
     * @return the range
     */
    public IpPrefix prefix() {
        return value("a range such as 10.0.0.0/24", IpPrefix::parse, 64);
    }

    /**
     * Reads a numeric address. Never looks up a name.
     *
     * @return the address
     */
    public InetAddress address() {
        return value(
                "a numeric address", text -> IpPrefix.parse(hostOnly(text)).firstAddress(), 64);
    }

    /**
     * Reads a numeric address and a port from 1 to 65535.
     *
     * @return the endpoint
     */
    public InetSocketAddress endpoint() {
        return value(
                "a numeric address and a port, such as 192.0.2.1:51820",
                text -> {
                    HostPort parts = split(text);
                    return new InetSocketAddress(
                            IpPrefix.parse(hostOnly(parts.host())).firstAddress(), parts.port());
                },
                64);
    }

    /**
     * Reads a host, which may be a name, and a port from 1 to 65535.
     *
     * @return host and port; nothing is looked up
     */
    public HostPort hostPort() {
        return value("a host and a port", JsonIn::split, 262);
    }

    /**
     * Makes an error that names the value that was read last.
     *
     * @param expected what should stand there
     * @return the error, to be thrown
     */
    public IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException(in.getPreviousPath() + ": expected " + expected);
    }

    /**
     * Checks a member that must not be missing.
     *
     * @param value null if it is missing
     * @param name its name
     * @return the value
     */
    public <T> T required(T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException(
                    in.getPreviousPath() + ": '" + name + "' is missing");
        }
        return value;
    }

    private <T> T value(String expected, Function<String, T> parse, int max) {
        String text = text(max);
        try {
            return Objects.requireNonNull(parse.apply(text));
        } catch (IllegalArgumentException e) {
            throw wrong(expected);
        }
    }

    private static String hostOnly(String text) {
        if (text.indexOf('/') >= 0) {
            throw new IllegalArgumentException();
        }
        return text;
    }

    private static HostPort split(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || text.length() - colon > 6) {
            throw new IllegalArgumentException();
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (host.indexOf(':') < 0) {
                throw new IllegalArgumentException();
            }
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException();
        }
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c >= 127)) {
            throw new IllegalArgumentException();
        }
        int port = 0;
        for (char digit : text.substring(colon + 1).toCharArray()) {
            if (digit < '0' || digit > '9') {
                throw new IllegalArgumentException();
            }
            port = port * 10 + digit - '0';
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException();
        }
        return new HostPort(host, port);
    }

    private void expect(JsonToken token, String expected) {
        if (peek() != token) {
            throw new IllegalArgumentException(in.getPath() + ": expected " + expected);
        }
    }

    private JsonToken peek() {
        return get(in::peek);
    }

    @FunctionalInterface
    private interface Step<T> {
        T run() throws IOException;
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private void run(Action action) {
        var unused =
                get(
                        () -> {
                            action.run();
                            return true;
                        });
    }

    private <T> T get(Step<T> step) {
        try {
            return step.run();
        } catch (EOFException e) {
            throw new IllegalArgumentException(in.getPath() + ": the JSON ends too early", e);
        } catch (MalformedJsonException | IllegalStateException | NumberFormatException e) {
            throw new IllegalArgumentException(in.getPath() + ": this is no JSON", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(in.getPath() + ": this JSON is not accepted", e);
        }
    }
}
