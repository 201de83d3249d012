//! Where rows of data are kept, and how databases are reached.

use super::declare::{components, literals};
use super::kind::{Map, Maybe, OneOf, Schema, Sensitive, Slot, Text};

components! {
    /// Keeps rows of data in named collections.
    family Datastore: Component, since V26_1_2 {}

    /// Keeps rows in memory; they are gone when the program ends.
    type InMemoryCollectionDatastore: Datastore, since V26_1_2, runs as Part {
        /// Maps the name of each collection to the schema of its rows, an object with properties.
        datastore_schema: Map<Schema>;
    }

    /// Keeps rows in the tables of a database.
    family RelationalDatastore: Datastore, since V26_1_2 {
        /// Maps the name of each table to the schema of its rows, an object with properties.
        datastore_schema: Map<Schema>;
    }

    /// Keeps rows in an Oracle database.
    type OracleDatabaseDatastore: RelationalDatastore, since V26_1_2 {
        /// The connection to the database.
        connection_config: Slot<OracleDatabaseConnectionConfig>;
    }

    /// The connection to an Oracle database.
    family OracleDatabaseConnectionConfig: Component, since V26_1_2 {}

    /// A connection to an Oracle database over TLS.
    type TlsOracleDatabaseConnectionConfig: OracleDatabaseConnectionConfig, since V26_1_2 {
        /// The name of the user who logs in.
        user: Sensitive<Text>;
        /// The password.
        password: Sensitive<Text>;
        /// The data source name of the database.
        dsn: Sensitive<Text>;
        /// The folder with the client's configuration.
        config_dir: Maybe<Text> = null;
        /// The protocol: plain or over TLS.
        protocol: OneOf<OracleProtocol> = "tcps";
    }

    /// A connection to an Oracle database over TLS, with a wallet that identifies the client.
    type MTlsOracleDatabaseConnectionConfig: TlsOracleDatabaseConnectionConfig, since V26_1_2 {
        /// The folder with the wallet.
        wallet_location: Sensitive<Text>;
        /// The password of the wallet.
        wallet_password: Sensitive<Text>;
    }

    /// Keeps rows in a PostgreSQL database.
    type PostgresDatabaseDatastore: RelationalDatastore, since V26_1_2, runs as Part {
        /// The connection to the database.
        connection_config: Slot<PostgresDatabaseConnectionConfig>;
    }

    /// The connection to a PostgreSQL database.
    family PostgresDatabaseConnectionConfig: Component, since V26_1_2 {}

    /// A connection to a PostgreSQL database over TLS.
    type TlsPostgresDatabaseConnectionConfig: PostgresDatabaseConnectionConfig, since V26_1_2, runs as Part {
        /// The name of the user who logs in.
        user: Sensitive<Text>;
        /// The password.
        password: Sensitive<Text>;
        /// The address of the database.
        url: Text;
        /// How strictly TLS is required.
        sslmode: OneOf<SslMode> = "require";
        /// The file with the client's certificate.
        sslcert: Maybe<Text> = null;
        /// The file with the client's private key.
        sslkey: Sensitive<Maybe<Text>> = null;
        /// The file with the certificate authorities that are trusted for the server.
        sslrootcert: Maybe<Text> = null;
        /// The file with the revoked certificates.
        sslcrl: Maybe<Text> = null;
    }
}

literals! {
    /// The protocol of a connection to an Oracle database.
    OracleProtocol: "tcp", "tcps";
    /// How strictly a connection to PostgreSQL requires TLS, from not at all to a certificate for exactly this host.
    SslMode: "disable", "allow", "prefer", "require", "verify-ca", "verify-full";
}
