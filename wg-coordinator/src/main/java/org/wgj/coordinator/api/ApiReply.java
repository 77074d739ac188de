// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import io.netty.channel.Channel;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The answer to a request: a body, or a stream that the caller keeps open.
 *
 * @param status the HTTP status
 * @param contentType the type of the body
 * @param headers further headers
 * @param body the body; empty for a stream
 * @param streamOrNull takes the channel after the head was written, and writes {@code HttpContent}
 *     to it; null for an answer with a body
 */
public record ApiReply(
        int status,
        String contentType,
        Map<String, String> headers,
        byte[] body,
        Consumer<Channel> streamOrNull) {
    private static final String JSON = "application/json";
    private static final byte[] NOTHING = {};

    public ApiReply {
        Objects.requireNonNull(contentType, "contentType");
        headers = Map.copyOf(headers);
        Objects.requireNonNull(body, "body");
    }

    /**
     * Makes an answer with a JSON body.
     *
     * @param json the body
     * @return status 200
     */
    public static ApiReply json(JsonElement json) {
        return json(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes an answer with a JSON body.
     *
     * @param json the body as UTF-8
     * @return status 200
     */
    public static ApiReply json(byte[] json) {
        return of(JSON, json);
    }

    /**
     * Makes an answer with a body.
     *
     * @param contentType its type
     * @param body the body
     * @return status 200
     */
    public static ApiReply of(String contentType, byte[] body) {
        return new ApiReply(200, contentType, Map.of(), body, null);
    }

    /**
     * Makes an answer without a body.
     *
     * @return status 204
     */
    public static ApiReply done() {
        return new ApiReply(204, JSON, Map.of(), NOTHING, null);
    }

    /**
     * Makes an answer that goes on.
     *
     * @param contentType the type of what is written
     * @param stream takes the channel, on its event loop
     * @return status 200
     */
    public static ApiReply stream(String contentType, Consumer<Channel> stream) {
        return new ApiReply(200, contentType, Map.of(), NOTHING, stream);
    }

    /**
     * Makes an error: {@code {"error":REASON,"message":MESSAGE}}.
     *
     * @param status 400 to 599
     * @param reason a word for programs
     * @param message for users
     * @return the answer
     */
    public static ApiReply error(int status, String reason, String message) {
        JsonObject json = new JsonObject();
        json.addProperty("error", reason);
        json.addProperty("message", message);
        return new ApiReply(
                status, JSON, Map.of(), json.toString().getBytes(StandardCharsets.UTF_8), null);
    }

    /**
     * Adds a header.
     *
     * @param name its name
     * @param value its value
     * @return the answer with it
     */
    public ApiReply header(String name, String value) {
        Map<String, String> all = new java.util.HashMap<>(headers);
        all.put(name, value);
        return new ApiReply(status, contentType, all, body, streamOrNull);
    }
}
