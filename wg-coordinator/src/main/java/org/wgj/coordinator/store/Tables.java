// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * All rows of all tables as JSON, from one engine into another: {@code
 * {"TABLE":[{"COLUMN":VALUE}]}} with numbers, strings and null. The history of the map is left out,
 * since it follows from the rest.
 */
public final class Tables {
    /** In an order in which rows can be added again. */
    private static final List<String> ALL =
            List.of(
                    "mesh",
                    "plane",
                    "coordinator",
                    "token",
                    "node",
                    "membership",
                    "used_key",
                    "address",
                    "candidate",
                    "route",
                    "redemption",
                    "audit");

    private static final List<String> DERIVED = List.of("node_history", "coordinator_history");

    private Tables() {}

    /**
     * Reads all rows.
     *
     * @param sql the transaction
     * @return the rows by table
     * @throws SQLException if the database fails
     */
    public static JsonObject dump(Sql sql) throws SQLException {
        JsonObject tables = new JsonObject();
        for (String table : ALL) {
            JsonArray rows = new JsonArray();
            try (PreparedStatement statement =
                            sql.connection().prepareStatement("SELECT * FROM " + table);
                    ResultSet result = statement.executeQuery()) {
                ResultSetMetaData columns = result.getMetaData();
                while (result.next()) {
                    JsonObject row = new JsonObject();
                    for (int i = 1; i <= columns.getColumnCount(); i++) {
                        row.add(columns.getColumnName(i), value(result.getObject(i)));
                    }
                    rows.add(row);
                }
            }
            tables.add(table, rows);
        }
        return tables;
    }

    private static JsonElement value(Object value) {
        return switch (value) {
            case null -> JsonNull.INSTANCE;
            case Number number -> new JsonPrimitive(number.longValue());
            default -> new JsonPrimitive(value.toString());
        };
    }

    /**
     * Empties all tables, the history among them.
     *
     * @param sql the transaction
     * @throws SQLException if the database fails
     */
    public static void clear(Sql sql) throws SQLException {
        for (String table : DERIVED) {
            sql.run("DELETE FROM " + table);
        }
        for (String table : ALL.reversed()) {
            sql.run("DELETE FROM " + table);
        }
    }

    /**
     * Adds rows to empty tables.
     *
     * @param sql the transaction
     * @param tables as {@link #dump} made them
     * @throws SQLException if the database fails, for example because the rows contradict each
     *     other
     * @throws IOException if the text has a table or column that the database does not have
     */
    public static void load(Sql sql, JsonObject tables) throws SQLException, IOException {
        for (String table : tables.keySet()) {
            if (!ALL.contains(table)) {
                throw new IOException("the export has an unknown table: a newer wgj made it");
            }
        }
        for (String table : ALL) {
            Set<String> columns = columns(sql, table);
            JsonElement rows = tables.get(table);
            if (rows == null || !rows.isJsonArray()) {
                throw new IOException("the export has no table '" + table + "'");
            }
            for (JsonElement row : rows.getAsJsonArray()) {
                insert(sql, table, columns, row.getAsJsonObject());
            }
        }
    }

    private static Set<String> columns(Sql sql, String table) throws SQLException {
        Set<String> names = new TreeSet<>();
        try (PreparedStatement statement =
                        sql.connection()
                                .prepareStatement("SELECT * FROM " + table + " WHERE 1 = 0");
                ResultSet result = statement.executeQuery()) {
            ResultSetMetaData columns = result.getMetaData();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                names.add(columns.getColumnName(i));
            }
        }
        return names;
    }

    private static void insert(Sql sql, String table, Set<String> columns, JsonObject row)
            throws SQLException, IOException {
        List<Object> values = new ArrayList<>();
        for (Map.Entry<String, JsonElement> field : row.entrySet()) {
            if (!columns.contains(field.getKey())) {
                throw new IOException(
                        "the export's table "
                                + table
                                + " has an unknown column: a newer wgj made it");
            }
            JsonElement value = field.getValue();
            if (value.isJsonNull()) {
                values.add(null);
            } else if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
                values.add(value.getAsLong());
            } else {
                values.add(value.getAsString());
            }
        }
        sql.run(
                "INSERT INTO "
                        + table
                        + " ("
                        + String.join(", ", row.keySet())
                        + ") VALUES (?"
                        + ", ?".repeat(row.size() - 1)
                        + ")",
                values.toArray());
    }
}
