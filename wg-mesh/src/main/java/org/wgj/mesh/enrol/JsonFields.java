// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The fields of a JSON object that a stranger sent. A missing or wrong field is named. */
final class JsonFields {
    private static final TypeAdapter<JsonElement> ELEMENTS =
            new Gson().getAdapter(JsonElement.class);

    private final JsonObject object;

    private JsonFields(JsonObject object) {
        this.object = object;
    }

    /** Reads one object and nothing behind it. */
    static JsonFields parse(byte[] bytes, int maxBytes) {
        if (bytes.length > maxBytes) {
            throw new IllegalArgumentException("it has more than " + maxBytes + " bytes");
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = ELEMENTS.read(reader);
            if (reader.peek() == JsonToken.END_DOCUMENT && element instanceof JsonObject object) {
                return new JsonFields(object);
            }
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8", e);
        } catch (IOException | JsonParseException | IllegalStateException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
        throw new IllegalArgumentException("it is not one JSON object");
    }

    /** Returns whether there is a field with a value that is not null. */
    boolean has(String name) {
        return object.has(name) && !object.get(name).isJsonNull();
    }

    Set<String> names() {
        return object.keySet();
    }

    String string(String name) {
        if (object.get(name) instanceof JsonPrimitive value && value.isString()) {
            return value.getAsString();
        }
        throw wrong(name, "a string");
    }

    boolean bool(String name) {
        if (object.get(name) instanceof JsonPrimitive value && value.isBoolean()) {
            return value.getAsBoolean();
        }
        throw wrong(name, "true or false");
    }

    /** Returns a whole number from 0 to 2^31 - 1. */
    int integer(String name) {
        if (object.get(name) instanceof JsonPrimitive value
                && value.isNumber()
                && value.getAsString().length() <= 10) {
            try {
                int number = new BigDecimal(value.getAsString()).intValueExact();
                if (number >= 0) {
                    return number;
                }
            } catch (ArithmeticException e) {
                throw wrong(name, "a whole number");
            }
        }
        throw wrong(name, "a whole number");
    }

    JsonFields object(String name) {
        if (object.get(name) instanceof JsonObject value) {
            return new JsonFields(value);
        }
        throw wrong(name, "an object");
    }

    List<JsonFields> objects(String name) {
        List<JsonFields> values = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (!(element instanceof JsonObject each)) {
                throw wrong(name, "an array of objects");
            }
            values.add(new JsonFields(each));
        }
        return values;
    }

    List<String> strings(String name) {
        List<String> values = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (!(element instanceof JsonPrimitive each) || !each.isString()) {
                throw wrong(name, "an array of strings");
            }
            values.add(each.getAsString());
        }
        return values;
    }

    private JsonArray array(String name) {
        if (object.get(name) instanceof JsonArray value) {
            return value;
        }
        throw wrong(name, "an array");
    }

    private static IllegalArgumentException wrong(String name, String wanted) {
        return new IllegalArgumentException(name + " is not " + wanted);
    }
}
