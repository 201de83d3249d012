//! How one proves to a service who one is.

use super::declare::{components, literals, plain_objects};
use super::kind::{Any, AnyOf, Flag, List, Map, Maybe, Object, OneOf, Sensitive, Slot, Text};

components! {
    /// How one proves to an MCP server who one is.
    family AuthConfig: Component, since V25_4_1 {}

    /// OAuth 2: a user lets the program act for them.
    type OAuthConfig: AuthConfig, since V26_1_2, runs as Part {
        /// The authorization server, whose endpoints are then found by asking it.
        issuer: Maybe<Text> = null;
        /// The endpoints, where they can't be found by asking.
        endpoints: Maybe<Object<OAuthEndpoints>> = null;
        /// The program's identity with the authorization server.
        client: Slot<OAuthClientConfig>;
        /// Where the user's browser is sent afterwards.
        redirect_uri: Text;
        /// The permissions that the program asks for: one text with spaces between, or a list.
        scopes: Maybe<AnyOf<(Text, List<Text>)>> = null;
        /// Where the scopes come from: from `scopes` alone, or from what the server says it wants.
        scope_policy: Maybe<OneOf<ScopePolicy>> = null;
        /// How the exchange of the code is protected.
        pkce: Maybe<Object<PKCEPolicy>> = null;
        /// The resource that the token is meant for.
        resource: Maybe<Text> = null;
    }

    /// The program's identity with an authorization server.
    type OAuthClientConfig: Component, since V26_1_2, runs as Part {
        /// How the server gets to know the program.
        type as registration: OneOf<OAuthClientType>;
        /// The program's id with the server.
        client_id: Sensitive<Maybe<Text>> = null;
        /// The program's password with the server.
        client_secret: Sensitive<Maybe<Text>> = null;
        /// How the program names itself at the token endpoint, for example `client_secret_basic`.
        token_endpoint_auth_method: Maybe<Text> = null;
        /// The address of the document that describes the program and serves as its name.
        client_id_metadata_url: Sensitive<Maybe<Text>> = null;
        /// Where the program registers itself.
        registration_endpoint: Maybe<Text> = null;
    }

    /// How one proves to Oracle's cloud who one is.
    family OciClientConfig: Component, since V25_4_1 {
        /// The address of the service.
        service_endpoint: Text;
        /// The way of proving it.
        auth_type: OneOf<OciAuthType>;
    }

    /// By a token that the OCI command line has got.
    type OciClientConfigWithSecurityToken: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `SECURITY_TOKEN`.
        auth_type: OneOf<SecurityToken> = "SECURITY_TOKEN";
        /// The profile in the file.
        auth_profile: Text;
        /// The configuration file of the OCI command line.
        auth_file_location: Sensitive<Text>;
    }

    /// By an API key.
    type OciClientConfigWithApiKey: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `API_KEY`.
        auth_type: OneOf<ApiKey> = "API_KEY";
        /// The profile in the file.
        auth_profile: Text;
        /// The configuration file of the OCI command line.
        auth_file_location: Sensitive<Text>;
    }

    /// By the machine in Oracle's cloud that the program runs on.
    type OciClientConfigWithInstancePrincipal: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `INSTANCE_PRINCIPAL`.
        auth_type: OneOf<InstancePrincipal> = "INSTANCE_PRINCIPAL";
    }

    /// By the resource of Oracle's cloud that the program is part of.
    type OciClientConfigWithResourcePrincipal: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `RESOURCE_PRINCIPAL`.
        auth_type: OneOf<ResourcePrincipal> = "RESOURCE_PRINCIPAL";
    }

    /// How one proves to Google's models who one is.
    family GeminiAuthConfig: Component, since V26_1_2 {}

    /// By a key of Google AI Studio.
    type GeminiAIStudioAuthConfig: GeminiAuthConfig, since V26_1_2, runs as Part {
        /// The key; null leaves it to the environment.
        api_key: Sensitive<Maybe<Text>> = null;
    }

    /// By credentials of Google Cloud's Vertex AI.
    type GeminiVertexAIAuthConfig: GeminiAuthConfig, since V26_1_2, runs as Part {
        /// The project in Google Cloud; null leaves it to the environment.
        project_id: Maybe<Text> = null;
        /// The region that serves the model.
        location: Text = "global";
        /// The key of a service account, or the file with it; null leaves it to the environment.
        credentials: Sensitive<Maybe<AnyOf<(Text, Map<Any>)>>> = null;
    }
}

plain_objects! {
    /// The endpoints of an authorization server.
    OAuthEndpoints, drops_extras {
        /// Where the user agrees.
        authorization_endpoint: Text;
        /// Where the code is exchanged for a token.
        token_endpoint: Text;
        /// Where a token is renewed.
        refresh_endpoint: Maybe<Text> = null;
        /// Where a token is given back.
        revocation_endpoint: Maybe<Text> = null;
        /// Where one learns who the user is.
        userinfo_endpoint: Maybe<Text> = null;
    }

    /// How the exchange of an authorization code is protected against theft of the code (RFC 7636).
    PKCEPolicy, drops_extras {
        /// Whether a server that can't do it is refused.
        required: Flag = true;
        /// How the challenge is made of the secret.
        method: OneOf<PKCEMethod> = "S256";
    }
}

literals! {
    /// How an authorization server gets to know a program.
    OAuthClientType: "pre_registered", "client_id_metadata_document", "dynamic_registration";
    /// Where the scopes that are asked for come from.
    ScopePolicy: "use_challenge_or_supported", "fixed";
    /// How the challenge is made of the secret.
    PKCEMethod: "plain", "S256";
    /// The ways of proving to Oracle's cloud who one is.
    OciAuthType: "SECURITY_TOKEN", "INSTANCE_PRINCIPAL", "RESOURCE_PRINCIPAL", "API_KEY";
    /// That of `OciClientConfigWithSecurityToken`.
    SecurityToken: "SECURITY_TOKEN";
    /// That of `OciClientConfigWithApiKey`.
    ApiKey: "API_KEY";
    /// That of `OciClientConfigWithInstancePrincipal`.
    InstancePrincipal: "INSTANCE_PRINCIPAL";
    /// That of `OciClientConfigWithResourcePrincipal`.
    ResourcePrincipal: "RESOURCE_PRINCIPAL";
}
