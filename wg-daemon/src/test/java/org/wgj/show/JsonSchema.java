// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A validator for the keywords of JSON Schema (2020-12) that our schemas use. A keyword that it
 * does not know is an error, so a schema cannot say something that no test holds.
 */
public final class JsonSchema {
    private static final Set<String> ANNOTATIONS =
            Set.of("$schema", "$defs", "title", "description");

    private final JsonObject root;
    private final boolean closed;

    /**
     * @param closed whether an object may have only the keys that the schema names, which holds the
     *     program to its documents; other programs must accept more
     */
    public JsonSchema(String text, boolean closed) {
        root = JsonParser.parseString(text).getAsJsonObject();
        this.closed = closed;
    }

    /** Returns what is wrong with the value, each with its place; empty if nothing is. */
    public List<String> validate(JsonElement value) {
        List<String> wrong = new ArrayList<>();
        check(root, value, "$", wrong);
        return wrong;
    }

    private void check(JsonElement schema, JsonElement value, String at, List<String> wrong) {
        if (schema instanceof JsonPrimitive allowed) {
            if (!allowed.getAsBoolean()) {
                wrong.add(at + ": not allowed");
            }
            return;
        }
        JsonObject keywords = schema.getAsJsonObject();
        for (Map.Entry<String, JsonElement> each : keywords.entrySet()) {
            if (!ANNOTATIONS.contains(each.getKey())) {
                keyword(keywords, each.getKey(), each.getValue(), value, at, wrong);
            }
        }
    }

    private void keyword(
            JsonObject schema,
            String keyword,
            JsonElement argument,
            JsonElement value,
            String at,
            List<String> wrong) {
        switch (keyword) {
            case "$ref" -> check(resolve(argument.getAsString()), value, at, wrong);
            case "type" -> {
                if (words(argument).stream().noneMatch(type -> isOf(type, value))) {
                    wrong.add(at + ": expected " + argument + " instead of " + value);
                }
            }
            case "const" -> {
                if (!argument.equals(value)) {
                    wrong.add(at + ": expected " + argument);
                }
            }
            case "enum" -> {
                if (!argument.getAsJsonArray().contains(value)) {
                    wrong.add(at + ": " + value + " is not in the list");
                }
            }
            case "oneOf" -> oneOf(argument.getAsJsonArray(), value, at, wrong);
            case "pattern" -> {
                if (isOf("string", value)
                        && !Pattern.compile(argument.getAsString())
                                .matcher(value.getAsString())
                                .find()) {
                    wrong.add(at + ": " + value + " does not match " + argument);
                }
            }
            case "format" -> {
                if (!argument.getAsString().equals("date-time")) {
                    throw new IllegalArgumentException("format " + argument);
                }
                if (isOf("string", value) && !isDateTime(value.getAsString())) {
                    wrong.add(at + ": " + value + " is no time");
                }
            }
            case "minimum" -> {
                if (isOf("number", value)
                        && value.getAsBigDecimal().compareTo(argument.getAsBigDecimal()) < 0) {
                    wrong.add(at + ": " + value + " is too small");
                }
            }
            case "maximum" -> {
                if (isOf("number", value)
                        && value.getAsBigDecimal().compareTo(argument.getAsBigDecimal()) > 0) {
                    wrong.add(at + ": " + value + " is too large");
                }
            }
            case "items" -> {
                if (value instanceof JsonArray array) {
                    for (int i = 0; i < array.size(); i++) {
                        check(argument, array.get(i), at + "[" + i + "]", wrong);
                    }
                }
            }
            case "required" -> {
                if (value instanceof JsonObject object) {
                    words(argument).stream()
                            .filter(key -> !object.has(key))
                            .forEach(key -> wrong.add(at + ": has no " + key));
                }
            }
            case "propertyNames" -> {
                if (value instanceof JsonObject object) {
                    object.keySet()
                            .forEach(
                                    key ->
                                            check(
                                                    argument,
                                                    new JsonPrimitive(key),
                                                    at + "." + key,
                                                    wrong));
                }
            }
            case "properties", "additionalProperties" ->
                    properties(schema, keyword, argument, value, at, wrong);
            default -> throw new IllegalArgumentException("unknown keyword " + keyword);
        }
    }

    private void properties(
            JsonObject schema,
            String keyword,
            JsonElement argument,
            JsonElement value,
            String at,
            List<String> wrong) {
        if (!(value instanceof JsonObject object)) {
            return;
        }
        JsonObject named =
                schema.has("properties") ? schema.getAsJsonObject("properties") : new JsonObject();
        boolean others = schema.has("additionalProperties");
        for (Map.Entry<String, JsonElement> each : object.entrySet()) {
            String place = at + "." + each.getKey();
            boolean isNamed = named.has(each.getKey());
            if (keyword.equals("properties") && isNamed) {
                check(named.get(each.getKey()), each.getValue(), place, wrong);
            } else if (keyword.equals("additionalProperties") && !isNamed) {
                check(argument, each.getValue(), place, wrong);
            } else if (!isNamed && !others && closed) {
                wrong.add(place + ": is not in the schema");
            }
        }
    }

    private void oneOf(JsonArray schemas, JsonElement value, String at, List<String> wrong) {
        int matching = 0;
        List<String> all = new ArrayList<>();
        for (JsonElement schema : schemas) {
            List<String> ofThis = new ArrayList<>();
            check(schema, value, at, ofThis);
            matching += ofThis.isEmpty() ? 1 : 0;
            all.addAll(ofThis);
        }
        if (matching != 1) {
            wrong.add(at + ": matches " + matching + " of the forms; " + all);
        }
    }

    private JsonElement resolve(String reference) {
        JsonElement found = root;
        for (String step : reference.substring("#/".length()).split("/")) {
            found = found.getAsJsonObject().get(step);
        }
        return found;
    }

    private static List<String> words(JsonElement argument) {
        return argument instanceof JsonArray array
                ? array.asList().stream().map(JsonElement::getAsString).toList()
                : List.of(argument.getAsString());
    }

    private static boolean isOf(String type, JsonElement value) {
        return switch (type) {
            case "null" -> value.isJsonNull();
            case "object" -> value.isJsonObject();
            case "array" -> value.isJsonArray();
            case "string" -> value instanceof JsonPrimitive one && one.isString();
            case "boolean" -> value instanceof JsonPrimitive one && one.isBoolean();
            case "number" -> value instanceof JsonPrimitive one && one.isNumber();
            case "integer" ->
                    value instanceof JsonPrimitive one
                            && one.isNumber()
                            && one.getAsBigDecimal().remainder(BigDecimal.ONE).signum() == 0;
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }

    private static boolean isDateTime(String text) {
        try {
            OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
