// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Shows PostgreSQL through JDBC. The driver makes the socket factory itself, so that the network
 * gets a name by which the factory finds it.
 *
 * <p>The driver asks the system's resolver for the host of the URL before it asks the factory. So
 * the URL has an address here: then nothing is asked.
 *
 * <p>Its argument is the port of a server on loopback, where a user "wgj" may log in without a
 * password. It prints:
 *
 * <pre>
 * PostgreSQL says that 1 + 1 = 2
 * rows: 100000, bytes: 3200000
 * </pre>
 */
public final class Postgres {
    private Postgres() {}

    public static void main(String[] arguments) throws IOException, SQLException {
        try (Office office = Office.open()) {
            office.publish(5432, server(arguments[0]));
            TunnelNet net = office.net();
            // begin
            net.register("office");
            String factory = "org.wgj.netstack.NamedSocketFactory&socketFactoryArg=office";
            String url = "jdbc:postgresql://10.0.0.1/postgres?user=wgj&socketFactory=" + factory;
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("SELECT 1 + 1")) {
                result.next();
                System.out.println("PostgreSQL says that 1 + 1 = " + result.getInt(1));
            }
            // end
            readMany(url);
        }
    }

    private static void readMany(String url) throws SQLException {
        String query = "SELECT md5(i::text) FROM generate_series(1, 100000) AS i";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            int rows = 0;
            long bytes = 0;
            while (result.next()) {
                rows++;
                bytes += result.getString(1).length();
            }
            System.out.println("rows: " + rows + ", bytes: " + bytes);
        }
    }

    static InetSocketAddress server(String port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
    }
}
