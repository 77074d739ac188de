// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

import javax.sql.DataSource;

/**
 * Shows a pooled {@code DataSource} that is configured by properties alone. A Spring Boot program
 * puts these lines into {@code application.properties}:
 *
 * <pre>
 * spring.datasource.url=jdbc:postgresql://10.0.0.1/postgres
 * spring.datasource.username=wgj
 * spring.datasource.hikari.data-source-properties.socketFactory=org.wgj.netstack.NamedSocketFactory
 * spring.datasource.hikari.data-source-properties.socketFactoryArg=office
 * </pre>
 *
 * <p>Its argument is the port of a server on loopback. It prints: {@code 5 connections of 10.0.0.1}
 */
public final class SpringStyleDataSource {
    private SpringStyleDataSource() {}

    public static void main(String[] arguments) throws IOException, SQLException {
        try (Office office = Office.open()) {
            office.publish(5432, Postgres.server(arguments[0]));
            TunnelNet net = office.net();
            // begin
            net.register("office");
            Properties properties = new Properties();
            properties.setProperty("jdbcUrl", "jdbc:postgresql://10.0.0.1/postgres");
            properties.setProperty("username", "wgj");
            properties.setProperty(
                    "dataSource.socketFactory", "org.wgj.netstack.NamedSocketFactory");
            properties.setProperty("dataSource.socketFactoryArg", "office");
            // end
            properties.setProperty("maximumPoolSize", "5");
            try (HikariDataSource pool = new HikariDataSource(new HikariConfig(properties))) {
                System.out.println(countBackends(pool, 5) + " connections of 10.0.0.1");
            }
        }
    }

    /** Takes that many connections at once and counts the server's processes behind them. */
    private static long countBackends(DataSource source, int connections) throws SQLException {
        if (connections == 0) {
            return 0;
        }
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT pg_backend_pid()")) {
            result.next();
            return (result.getInt(1) > 0 ? 1 : 0) + countBackends(source, connections - 1);
        }
    }
}
