using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatApi.Data.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class SettingsAndLedger : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Attachments",
                table: "Turns",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Settings",
                table: "Sessions",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "Settings",
                table: "Projects",
                type: "text",
                nullable: true,
                collation: "C");

            migrationBuilder.CreateTable(
                name: "Usage",
                columns: table => new
                {
                    ProjectId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    TurnId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Model = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    SessionId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Day = table.Column<DateOnly>(type: "date", nullable: false),
                    InputTokens = table.Column<long>(type: "bigint", nullable: false),
                    OutputTokens = table.Column<long>(type: "bigint", nullable: false),
                    CacheReadInputTokens = table.Column<long>(type: "bigint", nullable: false),
                    CacheCreationInputTokens = table.Column<long>(type: "bigint", nullable: false),
                    CostUsd = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Usage", x => new { x.ProjectId, x.TurnId, x.Model });
                });

            migrationBuilder.CreateIndex(
                name: "IX_Usage_Day",
                table: "Usage",
                column: "Day");

            migrationBuilder.CreateIndex(
                name: "IX_Usage_SessionId",
                table: "Usage",
                column: "SessionId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Usage");

            migrationBuilder.DropColumn(
                name: "Attachments",
                table: "Turns");

            migrationBuilder.DropColumn(
                name: "Settings",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Settings",
                table: "Projects");
        }
    }
}
