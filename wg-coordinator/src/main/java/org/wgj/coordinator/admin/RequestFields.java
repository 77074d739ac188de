// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.coordinator.api.ApiException;
import org.wgj.mesh.map.Bytes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The fields of a request's JSON object, each checked when it is read. */
final class RequestFields {
    private static final int MAX_TEXT = 1_000;
    private static final int MAX_LIST = 100;

    private final JsonObject json;

    private RequestFields(JsonObject json) {
        this.json = json;
    }

    static RequestFields of(byte[] body) throws ApiException {
        if (body.length == 0) {
            return new RequestFields(new JsonObject());
        }
        try {
            JsonElement json = JsonParser.parseString(new String(body, StandardCharsets.UTF_8));
            if (json.isJsonObject()) {
                return new RequestFields(json.getAsJsonObject());
            }
        } catch (JsonParseException e) {
            throw ApiException.badRequest("the body is no JSON");
        }
        throw ApiException.badRequest("the body must be a JSON object");
    }

    String text(String name) throws ApiException {
        String text = textOrNull(name);
        if (text == null) {
            throw ApiException.badRequest(name + " is missing");
        }
        return text;
    }

    String textOrNull(String name) throws ApiException {
        JsonElement value = json.get(name);
        return value == null || value.isJsonNull() ? null : text(name, value);
    }

    private static String text(String name, JsonElement value) throws ApiException {
        if (!value.isJsonPrimitive() || value.getAsString().length() > MAX_TEXT) {
            throw ApiException.badRequest(name + " must be a short text");
        }
        return value.getAsString();
    }

    List<String> texts(String name) throws ApiException {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return List.of();
        }
        if (!value.isJsonArray() || value.getAsJsonArray().size() > MAX_LIST) {
            throw ApiException.badRequest(name + " must be a short list of texts");
        }
        List<String> texts = new ArrayList<>();
        for (JsonElement element : value.getAsJsonArray()) {
            texts.add(text(name, element));
        }
        return texts;
    }

    boolean flag(String name) throws ApiException {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return false;
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
            throw ApiException.badRequest(name + " must be true or false");
        }
        return value.getAsBoolean();
    }

    long number(String name, long missing, long least, long most) throws ApiException {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return missing;
        }
        try {
            long number = value.getAsLong();
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException | IllegalStateException | UnsupportedOperationException e) {
            // as out of range
        }
        throw ApiException.badRequest(name + " must be a number from " + least + " to " + most);
    }

    List<Bytes> signatures() throws ApiException {
        List<Bytes> signatures = new ArrayList<>();
        for (String text : texts("signatures")) {
            signatures.add(Bytes.of(Base64.getDecoder().decode(text)));
        }
        return signatures;
    }
}
