// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import com.google.gson.stream.JsonWriter;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * Writes one JSON text (RFC 8259) in one line. Members whose value is null are left out. For one
 * thread.
 */
public final class JsonOut {
    private final StringWriter text = new StringWriter();
    private final JsonWriter out = new JsonWriter(text);

    private JsonOut(boolean pretty) {
        out.setHtmlSafe(false);
        out.setSerializeNulls(false);
        if (pretty) {
            out.setIndent("  ");
        }
    }

    /**
     * Writes an object as a whole text.
     *
     * @param members writes its members
     * @return one line without its end, UTF-8
     */
    public static byte[] write(Consumer<JsonOut> members) {
        JsonOut out = new JsonOut(false);
        out.object(members);
        return out.text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes an object as a text for people, with indentation.
     *
     * @param members writes its members
     * @return several lines, without the end of the last
     */
    public static String pretty(Consumer<JsonOut> members) {
        JsonOut out = new JsonOut(true);
        out.object(members);
        return out.text.toString();
    }

    /**
     * Writes an object that is an element of a list.
     *
     * @param members writes its members
     */
    public void object(Consumer<JsonOut> members) {
        run(out::beginObject);
        members.accept(this);
        run(out::endObject);
    }

    /**
     * Writes a member that is an object.
     *
     * @param name the member's name
     * @param members writes the object's members
     */
    public void object(String name, Consumer<JsonOut> members) {
        run(() -> out.name(name));
        object(members);
    }

    /**
     * Writes a member that is a list.
     *
     * @param name the member's name
     * @param elements its elements
     * @param element writes one
     */
    public <T> void list(String name, Collection<T> elements, Consumer<T> element) {
        run(() -> out.name(name).beginArray());
        elements.forEach(element);
        run(out::endArray);
    }

    /**
     * Writes a member that is a list of texts.
     *
     * @param name the member's name
     * @param elements written as {@code toString} has them
     */
    public void texts(String name, Collection<?> elements) {
        list(name, elements, element -> text(element.toString()));
    }

    /**
     * Writes a member that is a text.
     *
     * @param name the member's name
     * @param value null leaves the member out
     */
    public void text(String name, String value) {
        run(() -> out.name(name).value(value));
    }

    /**
     * Writes a text that is an element of a list.
     *
     * @param value not null
     */
    public void text(String value) {
        run(() -> out.value(value));
    }

    /**
     * Writes a member that is a whole number.
     *
     * @param name the member's name
     * @param value its value
     */
    public void number(String name, long value) {
        run(() -> out.name(name).value(value));
    }

    /**
     * Writes a whole number that is an element of a list.
     *
     * @param value its value
     */
    public void number(long value) {
        run(() -> out.value(value));
    }

    /**
     * Writes a member that is a number.
     *
     * @param name the member's name
     * @param value a finite number
     */
    public void decimal(String name, double value) {
        run(() -> out.name(name).value(value));
    }

    /**
     * Writes a member that is true or false.
     *
     * @param name the member's name
     * @param value its value
     */
    public void flag(String name, boolean value) {
        run(() -> out.name(name).value(value));
    }

    /**
     * Writes a member that is a public key, in base64.
     *
     * @param name the member's name
     * @param keyOrNull null leaves the member out
     */
    public void key(String name, PublicKey keyOrNull) {
        text(name, keyOrNull == null ? null : keyOrNull.toBase64());
    }

    /**
     * Writes a member that is a list of numeric addresses.
     *
     * @param name the member's name
     * @param addresses any number
     */
    public void addresses(String name, Collection<InetAddress> addresses) {
        list(name, addresses, address -> text(IpText.format(address)));
    }

    /**
     * Formats an endpoint as {@link JsonIn#endpoint} reads it.
     *
     * @param endpoint a numeric address and a port; a scope is left out
     * @return such as {@code 192.0.2.1:51820} or {@code [2001:db8::1]:51820}
     */
    public static String endpoint(InetSocketAddress endpoint) {
        return new HostPort(IpText.format(endpoint.getAddress()), endpoint.getPort()).toString();
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a StringWriter never throws
        }
    }
}
